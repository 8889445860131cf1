namespace Skerry.Node.Network;

/// <summary>Paths of a pod's pinned namespaces, for the OCI runtime and for CNI.</summary>
/// <param name="PodId">The pod.</param>
/// <param name="User">The user namespace; null where the pod shares the host's.</param>
/// <param name="Network">The network namespace; null where the pod shares the host's.</param>
/// <param name="Ipc">The IPC namespace.</param>
/// <param name="Uts">The UTS namespace.</param>
internal sealed record PodNamespaceSet(string PodId, string? User, string? Network, string Ipc, string Uts);
