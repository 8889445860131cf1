namespace Skerry.Vmm.Machines.CloudHypervisor;

/// <summary>The vsock device behind a Unix socket.</summary>
internal sealed record VsockConfig(int Cid, string Socket);
