using Skerry.Linux;
using Skerry.Linux.Watches;

namespace Skerry.Node.Sensors.Gvisor;

/// <summary>All sandboxes that tell something, waited for at once. Belongs to the sensor's thread; it takes room only while there are any.</summary>
internal sealed class FeedDesk(long limit) : IDisposable
{
    /// <summary>Most messages a second where the configuration sets no limit: the thread that reads them goes ahead of others.</summary>
    private const long UsualLimit = 250_000;

    private readonly long _limit = limit == 0 ? UsualLimit : limit;
    private readonly Dictionary<int, (SandboxFeed Feed, FeedEnd? End)> _watched = [];
    private readonly (int Number, Interest Came)[] _ready = new (int, Interest)[16];
    private Readiness? _readiness;
    private byte[] _room = [];

    /// <summary>Readable while a sandbox tells something; null: there is none.</summary>
    internal FileDescriptor? File => _readiness?.File;

    /// <summary>A sandbox is over its limit: it is read again when a second has passed.</summary>
    internal bool IsPaused { get; private set; }

    /// <summary>Listens to one more.</summary>
    internal void Add(SandboxFeed feed)
    {
        if (_readiness is null)
        {
            _readiness = new Readiness();
            _room = GC.AllocateUninitializedArray<byte>(SandboxFeed.LongestMessage);
        }

        Watch(feed.Listener, feed, null);
    }

    /// <summary>The container of a feed is known.</summary>
    internal void Begin(SandboxFeed feed, PointTranslator translator)
    {
        feed.Begin(translator);
        Hear(feed);
    }

    /// <summary>Takes what a sandbox that has ended told, and ends it. What would hold others up is counted as lost.</summary>
    internal void Finish(SandboxFeed feed)
    {
        const int Turns = 16;
        const int Most = 4096;
        const long Longest = 10_000_000; // nanoseconds
        var begun = KernelClock.Monotonic;
        foreach (var end in feed.Ends.ToList())
        {
            var isOpen = feed.HasBegun;
            for (var i = 0; i < Turns && isOpen && !feed.IsPaused && KernelClock.Monotonic - begun < Longest; i++)
            {
                isOpen = feed.Read(end, _room, _limit);
            }

            if (isOpen)
            {
                feed.Skip(end, _room, Most);
            }
        }

        Remove(feed);
    }

    /// <summary>Ends one.</summary>
    internal void Remove(SandboxFeed feed)
    {
        foreach (var number in _watched.Where(w => w.Value.Feed == feed).Select(static w => w.Key).ToList())
        {
            _watched.Remove(number);
        }

        feed.Dispose();
        if (_watched.Count == 0)
        {
            _readiness?.Dispose();
            (_readiness, _room) = (null, []);
        }
    }

    /// <summary>Takes what there is.</summary>
    /// <returns>Whether there was any.</returns>
    internal bool Drain()
    {
        if (_readiness is null)
        {
            return false;
        }

        var count = _readiness.Wait(_ready, 0);
        for (var i = 0; i < count; i++)
        {
            if (!_watched.TryGetValue(_ready[i].Number, out var watched))
            {
                continue;
            }

            if (watched.End is null)
            {
                Accept(watched.Feed);
            }
            else
            {
                Read(_ready[i].Number, watched.Feed, watched.End);
            }
        }

        return count > 0;
    }

    /// <summary>A second has passed: whoever was over the limit is read again.</summary>
    internal void Resume()
    {
        if (!IsPaused)
        {
            return;
        }

        IsPaused = false;
        foreach (var feed in _watched.Values.Select(static w => w.Feed).Where(static f => f.IsPaused).Distinct().ToList())
        {
            feed.Resume();
            Hear(feed);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var feed in _watched.Values.Select(static w => w.Feed).Distinct().ToList())
        {
            Remove(feed);
        }
    }

    private void Accept(SandboxFeed feed)
    {
        if (feed.Accept() is { } end)
        {
            Watch(end.Socket, feed, end);
        }
    }

    private void Read(int number, SandboxFeed feed, FeedEnd end)
    {
        var wasGreeted = end.HasGreeted;

        // A closed descriptor leaves the set by itself (epoll(7)).
        if (!feed.Read(end, _room, _limit))
        {
            _watched.Remove(number);
        }
        else if (feed.IsPaused || (end.HasGreeted && !wasGreeted && !feed.HasBegun))
        {
            // Out of the set: its going would be told again and again.
            IsPaused |= feed.IsPaused;
            _readiness!.Remove(end.Socket);
            end.IsHeard = false;
        }
    }

    private void Hear(SandboxFeed feed)
    {
        foreach (var end in feed.Ends.Where(static e => !e.IsHeard))
        {
            end.IsHeard = true;
            _readiness!.Add(end.Socket, Interest.Read);
        }
    }

    private void Watch(FileDescriptor file, SandboxFeed feed, FeedEnd? end)
    {
        _watched[file.Number] = (feed, end);
        _readiness!.Add(file, Interest.Read);
    }
}
