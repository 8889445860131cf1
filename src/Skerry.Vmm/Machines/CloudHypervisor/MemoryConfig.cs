namespace Skerry.Vmm.Machines.CloudHypervisor;

/// <summary>Memory, bytes; shared where a server of volumes maps it.</summary>
internal sealed record MemoryConfig(long Size, bool Shared);
