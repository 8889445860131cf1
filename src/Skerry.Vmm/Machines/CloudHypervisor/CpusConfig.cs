namespace Skerry.Vmm.Machines.CloudHypervisor;

/// <summary>Processors: how many are there at first, and at most.</summary>
internal sealed record CpusConfig(int BootVcpus, int MaxVcpus);
