namespace Skerry.Vmm.Machines.Firecracker;

/// <summary>What the balloon has (GET /balloon/statistics); the guest says more, which nobody needs here.</summary>
internal sealed record BalloonStatistics(int TargetMib, int ActualMib);
