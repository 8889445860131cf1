namespace Skerry.Vmm.Machines.CloudHypervisor;

/// <summary>A network card (PUT /vm.add-net), whose tap comes as an open file: one that it opened itself it would set up, for which its jail has no right.</summary>
internal sealed record NetConfig(string Id, string Mac, int NumQueues);
