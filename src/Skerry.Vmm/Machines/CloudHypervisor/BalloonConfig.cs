namespace Skerry.Vmm.Machines.CloudHypervisor;

/// <summary>The balloon: bytes that it holds at first.</summary>
internal sealed record BalloonConfig(long Size, bool DeflateOnOom, bool FreePageReporting);
