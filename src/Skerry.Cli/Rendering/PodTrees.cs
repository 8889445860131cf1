using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Rendering;

/// <summary>Pods, containers, their numbers and events as trees. The names are a promise; see the snapshots.</summary>
internal static class PodTrees
{
    internal static Tree Of(Pod pod) => Tree.Object()
        .Add("id", pod.Id)
        .Add("name", pod.Name)
        .Add("createdAt", Tree.Of(pod.CreatedAt))
        .Add("tier", pod.Tier)
        .Add("tierReason", pod.TierReason)
        .Add("tee", pod.Tee)
        .Add("quarantine", pod.Quarantine)
        .Add("runtime", pod.Runtime)
        .Add("addresses", Tree.List(pod.Addresses.Select(static a => Tree.Object()
            .Add("interface", a.Interface)
            .Add("address", a.Address)
            .Add("gateway", a.Gateway)
            .Add("mac", a.Mac))))
        .Add("ports", Ports(pod.Ports))
        .Add("containers", Tree.List(pod.Containers.Select(Of)))
        .Add("spec", pod.Spec is null ? Tree.Null : SpecTrees.Of(pod.Spec));

    internal static Tree Of(Container container) => Tree.Object()
        .Add("id", container.Id)
        .Add("name", container.Name)
        .Add("podId", container.PodId)
        .Add("podName", container.PodName)
        .Add("image", container.Image)
        .Add("imageDigest", container.ImageDigest)
        .Add("command", Tree.List(container.Command))
        .Add("state", State(container.State))
        .Add("reason", container.Reason)
        .Add("exitCode", container.ExitCode)
        .Add("pid", container.Pid)
        .Add("oomKilled", container.OomKilled)
        .Add("restarts", container.Restarts)
        .Add("quarantined", container.Quarantined)
        .Add("createdAt", Tree.Of(container.CreatedAt))
        .Add("startedAt", Tree.Of(container.StartedAt))
        .Add("finishedAt", Tree.Of(container.FinishedAt))
        .Add("logPath", container.LogPath)
        .Add("tier", container.Tier)
        .Add("ports", Ports(container.Ports))
        .Add("labels", Tree.Map(container.Labels));

    internal static Tree Of(ContainerStats stats) => Tree.Object()
        .Add("id", stats.Id)
        .Add("name", stats.Name)
        .Add("podName", stats.PodName)
        .Add("time", Tree.Of(stats.Time))
        .Add("cpuPercent", Tree.Of(stats.CpuPercent))
        .Add("cpuNanoseconds", Tree.Of(stats.CpuNanoseconds))
        .Add("cpuThrottledPeriods", Tree.Of(stats.CpuThrottledPeriods))
        .Add("memoryBytes", Tree.Of(stats.MemoryBytes))
        .Add("memoryLimitBytes", Tree.Of(stats.MemoryLimitBytes))
        .Add("memoryPeakBytes", Tree.Of(stats.MemoryPeakBytes))
        .Add("isolationMemoryBytes", Tree.Of(stats.IsolationMemoryBytes))
        .Add("oomKills", Tree.Of(stats.OomKills))
        .Add("pids", Tree.Of(stats.Pids))
        .Add("pidsLimit", Tree.Of(stats.PidsLimit))
        .Add("ioReadBytes", Tree.Of(stats.IoReadBytes))
        .Add("ioWriteBytes", Tree.Of(stats.IoWriteBytes))
        .Add("networkRxBytes", Tree.Of(stats.NetworkRxBytes))
        .Add("networkTxBytes", Tree.Of(stats.NetworkTxBytes))
        .Add("reason", stats.Reason);

    internal static Tree Of(Event e) => Tree.Object()
        .Add("sequence", Tree.Of(e.Sequence))
        .Add("time", Tree.Of(e.Time))
        .Add("type", e.Type)
        .Add("podId", e.PodId)
        .Add("podName", e.PodName)
        .Add("containerId", e.ContainerId)
        .Add("containerName", e.ContainerName)
        .Add("image", e.Image)
        .Add("attributes", Tree.Map(e.Attributes));

    internal static Tree Of(LogEntry entry) => Tree.Object()
        .Add("time", Tree.Of(entry.Time))
        .Add("stream", entry.Stream == LogEntry.Types.Stream.Stderr ? "stderr" : "stdout")
        .Add("data", entry.Data.ToStringUtf8());

    internal static Tree Ports(IEnumerable<PortMapping> ports) => Tree.List(ports.Select(static p => Tree.Object()
        .Add("hostIp", p.HostIp)
        .Add("hostPort", p.HostPort)
        .Add("containerPort", p.ContainerPort)
        .Add("protocol", p.Protocol.Length == 0 ? "tcp" : p.Protocol)));

    internal static string State(ContainerState state) => state switch
    {
        ContainerState.Created => "created",
        ContainerState.Running => "running",
        ContainerState.Paused => "paused",
        ContainerState.Exited => "exited",
        ContainerState.Waiting => "waiting",
        ContainerState.Failed => "failed",
        _ => "unknown",
    };
}
