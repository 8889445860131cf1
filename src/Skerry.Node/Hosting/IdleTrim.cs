using System.Runtime;

namespace Skerry.Node.Hosting;

/// <summary>
/// Gives memory back to the machine when the node has had nothing to do for a while: the collector keeps what a burst of work took, and
/// an agent on a small machine must not. Costs nothing while idle: its timer is armed by work and fires twice, the second time for what was
/// still held the first: buffers of pools that are given back when they were not used for a while, connections that were kept for the next request.
/// </summary>
internal sealed class IdleTrim : IDisposable
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Later = TimeSpan.FromSeconds(40);

    /// <summary>Below this the collection costs more than it gives.</summary>
    private const long WorthIt = 2 << 20;

    private readonly TimeProvider _clock;
    private readonly ITimer _timer;
    private long _allocated;

    /// <summary>When the first look was, if a second is to follow.</summary>
    private long? _looked;

    internal IdleTrim(TimeProvider clock)
    {
        _clock = clock;
        _timer = clock.CreateTimer(static self => ((IdleTrim)self!).Trim(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Something was done: trim when it stays quiet from now on.</summary>
    internal void Note() => _timer.Change(Quiet, Timeout.InfiniteTimeSpan);

    /// <summary>Gives back what start-up took.</summary>
    internal void Trim()
    {
        var now = GC.GetTotalAllocatedBytes();
        if (now - _allocated >= WorthIt)
        {
            _looked = _clock.GetTimestamp();
            _timer.Change(Later, Timeout.InfiniteTimeSpan);
        }
        else if (_looked is not { } looked)
        {
            return;
        }
        else if (Later - _clock.GetElapsedTime(looked) is { Ticks: > 0 } left)
        {
            _timer.Change(left, Timeout.InfiniteTimeSpan);
            return;
        }
        else
        {
            _looked = null;
        }

        _allocated = now;
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        Linux.Processes.NativeHeap.Trim();
        Linux.Processes.ProgramPages.Drop();
    }

    public void Dispose() => _timer.Dispose();
}
