namespace Skerry.Vmm.Machines.CloudHypervisor;

/// <summary>What is booted.</summary>
internal sealed record PayloadConfig(string Kernel, string Initramfs, string Cmdline);
