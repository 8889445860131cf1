using Skerry.Contracts.Node.V1;
using Skerry.Node.Isolation.Cgroups;
using Skerry.Node.Pods;

namespace Skerry.Node.Reconcile;

/// <summary>
/// Reads what containers use, from the kernel's counters. One object is one caller's view: the processor's share is that since the
/// caller's last reading.
/// </summary>
internal sealed class PodReadings(NodeRooms rooms, CgroupLayout layout)
{
    private readonly Dictionary<string, (ulong Nanoseconds, long Stamp)> _last = new(StringComparer.Ordinal);

    /// <summary>One reading; null when the container has ended.</summary>
    internal async Task<ContainerStats?> Read(PodState pod, PodContainer container)
    {
        if (!container.IsAlive)
        {
            return null;
        }

        if (await OfTier(pod, container).ConfigureAwait(false) is { } told)
        {
            return told;
        }

        var process = container.Process;
        var cgroup = new Cgroup(layout, Cgroup.PathOf(rooms.Instance, pod.Id, container.Id));
        if (cgroup.Stats() is not { } stats)
        {
            return null;
        }

        var stamp = rooms.Clock.GetTimestamp();
        var network = pod.Spec.Network == "host" ? default : NetworkCounters.Of(process.Pid);
        if (!process.IsAlive())
        {
            // The counters of another process that has its pid now are not shown.
            network = default;
        }

        return new ContainerStats
        {
            Id = container.Id,
            Name = container.View.Name,
            PodName = pod.Name,
            Time = rooms.Now(),
            CpuNanoseconds = stats.CpuNanoseconds,
            CpuPercent = Share(container.Id, stats.CpuNanoseconds, stamp),
            CpuThrottledPeriods = stats.ThrottledPeriods,
            MemoryBytes = stats.MemoryBytes,
            MemoryLimitBytes = stats.MemoryLimitBytes,
            MemoryPeakBytes = stats.MemoryPeakBytes,
            Pids = stats.Pids,
            PidsLimit = stats.PidsLimit,
            IoReadBytes = stats.IoReadBytes,
            IoWriteBytes = stats.IoWriteBytes,
            NetworkRxBytes = network.Received,
            NetworkTxBytes = network.Sent,
            OomKills = stats.OomKills,
            IsolationMemoryBytes = rooms.TierOf(pod).IsolationMemory(rooms.Tell(pod), process, stats.MemoryBytes),
        };
    }

    /// <summary>What the tier says; null: it says nothing, or cannot be asked now.</summary>
    private async Task<ContainerStats?> OfTier(PodState pod, PodContainer container)
    {
        try
        {
            if (await rooms.TierOf(pod).Stats(rooms.Tell(pod), container.Id).ConfigureAwait(false) is not { } told)
            {
                return null;
            }

            told.Name = container.View.Name;
            told.PodName = pod.Name;
            told.Time = rooms.Now();
            told.IsolationMemoryBytes = rooms.TierOf(pod).IsolationMemory(rooms.Tell(pod), container.Process, told.MemoryBytes);
            told.CpuPercent = Share(container.Id, told.CpuNanoseconds, rooms.Clock.GetTimestamp());
            return told;
        }
        catch (IOException)
        {
            return null; // it ends just now, or its kernel does not answer: the node's own counters say what it costs
        }
    }

    /// <summary>Per cent of one core since the last reading; 0 for the first, and when the counter began again with a new run.</summary>
    private double Share(string id, ulong nanoseconds, long stamp)
    {
        var known = _last.TryGetValue(id, out var last);
        _last[id] = (nanoseconds, stamp);
        var passed = rooms.Clock.GetElapsedTime(last.Stamp, stamp).TotalNanoseconds;
        return known && nanoseconds >= last.Nanoseconds && passed > 0 ? (nanoseconds - last.Nanoseconds) / passed * 100 : 0;
    }
}
