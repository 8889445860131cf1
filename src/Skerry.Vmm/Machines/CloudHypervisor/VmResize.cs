namespace Skerry.Vmm.Machines.CloudHypervisor;

/// <summary>What the balloon is to hold, bytes (PUT /vm.resize).</summary>
internal sealed record VmResize(long DesiredBalloon);
