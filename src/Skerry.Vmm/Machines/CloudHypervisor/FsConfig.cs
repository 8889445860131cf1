namespace Skerry.Vmm.Machines.CloudHypervisor;

/// <summary>Volumes behind the socket of their server (vhost-user).</summary>
internal sealed record FsConfig(string Tag, string Socket, int NumQueues, int QueueSize);
