namespace Skerry.Vmm.Machines.CloudHypervisor;

/// <summary>A disk. What an image is made as is said: a VMM that guessed it would believe what the guest wrote there.</summary>
internal sealed record DiskConfig(string Path, bool Readonly, string Serial, string Id, ImageType ImageType);
