namespace Skerry.Vmm.Machines.Firecracker;

/// <summary>How large a machine is (PUT /machine-config): 1 to 32 processors.</summary>
internal sealed record MachineConfiguration(int VcpuCount, int MemSizeMib);
