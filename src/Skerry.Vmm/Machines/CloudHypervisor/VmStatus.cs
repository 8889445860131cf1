namespace Skerry.Vmm.Machines.CloudHypervisor;

/// <summary>A machine as it is (GET /vm.info): how many bytes its guest has.</summary>
internal sealed record VmStatus(string State, long MemoryActualSize);
