namespace Skerry.Vmm.Machines.Firecracker;

/// <summary>Whether a machine runs (PATCH /vm).</summary>
internal sealed record VmUpdate(VmState State);
