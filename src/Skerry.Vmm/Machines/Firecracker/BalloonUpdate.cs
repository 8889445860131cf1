namespace Skerry.Vmm.Machines.Firecracker;

/// <summary>What the balloon is to have (PATCH /balloon).</summary>
internal sealed record BalloonUpdate(int AmountMib);
