using System.Diagnostics.Metrics;

namespace Skerry.Node.Meters;

/// <summary>What the node measures while it works. Without a listener a measurement costs a comparison.</summary>
internal static class NodeMeters
{
    /// <summary>The meter's name, for listeners.</summary>
    internal const string Name = "Skerry.Node";

    internal static readonly Meter Meter = new(Name);

    internal static readonly Counter<long> Restarts = Meter.CreateCounter<long>("skerry.container.restarts", description: "Containers that were started again after they ended.");

    internal static readonly Counter<long> OutOfMemory = Meter.CreateCounter<long>("skerry.container.oom_kills", description: "Containers that the kernel ended for want of memory.");

    internal static readonly Histogram<double> Starts = Meter.CreateHistogram<double>("skerry.container.start.duration", "s", "Time from the wish to a container that runs.");

    internal static readonly Histogram<double> Commits = Meter.CreateHistogram<double>("skerry.journal.commit.duration", "s", "Time that one commit of the journal took.");

    internal static readonly Counter<long> Pooled = Meter.CreateCounter<long>("skerry.microvm.pool.asked", description: "Starts of microVMs that could take a machine that waits, by whether there was one.");

    internal static readonly Histogram<double> Canary = Meter.CreateHistogram<double>("skerry.guard.canary.duration", "s", "Time from a call of the daemon's own to the rule that fired on it.");

    internal static readonly Counter<long> Recorded = Meter.CreateCounter<long>("skerry.record.events", description: "Kernel events that were written to the recording.");

    internal static readonly Counter<long> RecordLost = Meter.CreateCounter<long>("skerry.record.lost", description: "Kernel events that found no room in memory or on the disk to be recorded.");

    internal static readonly Counter<long> Swept = Meter.CreateCounter<long>("skerry.sweep.removed", description: "Things without an owner that were removed.");
}
