using Skerry.Linux.Processes;

namespace Skerry.Node.Isolation;

/// <summary>Who a running container is on the node.</summary>
/// <param name="Id">Container id.</param>
/// <param name="PodId">Its pod's.</param>
/// <param name="Process">Its first process.</param>
/// <param name="Monitor">Its monitor.</param>
internal sealed record ContainerProcesses(string Id, string PodId, ProcessIdentity Process, ProcessIdentity Monitor);
