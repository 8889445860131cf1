using Skerry.Linux;

namespace Skerry.Node.Network.Cni;

/// <summary>One attachment that plugins are called for.</summary>
/// <param name="ContainerId">The pod.</param>
/// <param name="NamespacePath">Its network namespace; empty on DEL when it is gone.</param>
/// <param name="Interface">The interface in the pod.</param>
/// <param name="Arguments">CNI_ARGS.</param>
/// <param name="Lock">A locked file that the plugin inherits: the lock is held until the plugin has ended, also when the daemon has died.</param>
internal sealed record CniCall(string ContainerId, string NamespacePath, string Interface, string Arguments, FileDescriptor Lock);
