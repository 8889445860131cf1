namespace Skerry.Vmm.Machines.Firecracker;

/// <summary>What a machine boots (PUT /boot-source).</summary>
internal sealed record BootSource(string KernelImagePath, string BootArgs, string? InitrdPath);
