using System.Runtime;

namespace Skerry.Node.Hosting;

/// <summary>
/// Gives memory back to the machine when the node has had nothing to do for a while: the collector keeps what a burst of work took, and
/// an agent on a small machine must not. Costs nothing while idle: its timer is armed by work and fires once.
/// </summary>
internal sealed class IdleTrim : IDisposable
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(3);

    /// <summary>Below this the collection costs more than it gives.</summary>
    private const long WorthIt = 2 << 20;

    private readonly ITimer _timer;
    private long _allocated;

    internal IdleTrim(TimeProvider clock) =>
        _timer = clock.CreateTimer(static self => ((IdleTrim)self!).Trim(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>Something was done: trim when it stays quiet from now on.</summary>
    internal void Note() => _timer.Change(Quiet, Timeout.InfiniteTimeSpan);

    /// <summary>Gives back what start-up took.</summary>
    internal void Trim()
    {
        var now = GC.GetTotalAllocatedBytes();
        if (now - Interlocked.Exchange(ref _allocated, now) < WorthIt)
        {
            return;
        }

        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        Linux.Processes.NativeHeap.Trim();
        Linux.Processes.ProgramPages.Drop();
    }

    public void Dispose() => _timer.Dispose();
}
