namespace Skerry.Vmm.Machines.Firecracker;

/// <summary>The vsock device behind a Unix socket (PUT /vsock).</summary>
internal sealed record Vsock(int GuestCid, string UdsPath);
