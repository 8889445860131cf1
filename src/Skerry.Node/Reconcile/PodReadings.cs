using System.Collections.Concurrent;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Isolation;
using Skerry.Node.Isolation.Cgroups;
using Skerry.Node.Pods;

namespace Skerry.Node.Reconcile;

/// <summary>
/// Reads what containers use, from the kernel's counters. One object is one caller's view: the processor's share is that since the
/// caller's last reading. A guest that does not answer is waited for once and briefly: then a reading says so, until there is an answer.
/// </summary>
/// <remarks>Several containers can be read at once; one is read by one reader at a time.</remarks>
internal sealed class PodReadings(NodeRooms rooms, CgroupLayout layout)
{
    private const string Silent = "its guest does not answer";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private readonly ConcurrentDictionary<string, (ulong Nanoseconds, long Stamp)> _last = new(StringComparer.Ordinal);

    /// <summary>Questions that are open still, by container.</summary>
    private readonly ConcurrentDictionary<string, Task<ContainerStats?>> _open = new(StringComparer.Ordinal);

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
            var (isNew, told) = (false, (ContainerStats?)null);
            if (!_open.TryRemove(container.Id, out var asked))
            {
                (isNew, asked) = (true, rooms.TierOf(pod).Stats(rooms.Tell(pod), container.Id));
            }

            if (!asked.IsCompleted && isNew)
            {
                await Task.WhenAny(asked, Task.Delay(Patience, rooms.Clock)).ConfigureAwait(false);
            }

            if (!asked.IsCompleted || asked is { IsFaulted: true, Exception.InnerException: IsolationException { InnerException: OperationCanceledException } })
            {
                _open[container.Id] = asked.IsCompleted ? rooms.TierOf(pod).Stats(rooms.Tell(pod), container.Id) : asked;
                told = new ContainerStats { Id = container.Id, Reason = Silent };
            }
            else if ((told = await asked.ConfigureAwait(false)) is null)
            {
                return null;
            }

            told.Name = container.View.Name;
            told.PodName = pod.Name;
            told.Time = rooms.Now();
            told.IsolationMemoryBytes = rooms.TierOf(pod).IsolationMemory(rooms.Tell(pod), container.Process, told.MemoryBytes);
            told.CpuPercent = told.Reason.Length > 0 ? 0 : Share(container.Id, told.CpuNanoseconds, rooms.Clock.GetTimestamp());
            return told;
        }
        catch (IOException)
        {
            return null; // it begins or ends just now: the node's own counters say what it costs
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
