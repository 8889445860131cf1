using Skerry.Linux;
using Skerry.Node.Sensors.Gvisor;

namespace Skerry.Node.Sensors;

/// <summary>Sandboxes, whose kernel tells by itself what happens in them.</summary>
internal sealed partial class Sensor
{
    private readonly Dictionary<string, SandboxFeed> _feeds = new(StringComparer.Ordinal); // by container; guarded by _gate
    private long _endedTold; // of feeds that are no more
    private long _endedLost;
    private long _endedUnreadable;
    private long _endedUnfollowed;
    private long _toldLost; // of the timer alone

    /// <summary>Has the sandboxes that run asked anew, since rules watch other calls than before; set by who can. Returns at once.</summary>
    internal Action? CallsChanged { get; set; }

    /// <summary>Calls that the rules watch, as gVisor is asked for them.</summary>
    internal IReadOnlyList<string> SandboxCalls { get; private set; } = [];

    /// <summary>Sandboxes that are listened to.</summary>
    internal int SandboxCount
    {
        get
        {
            lock (_gate)
            {
                return _feeds.Values.Count(static f => f.IsConnected);
            }
        }
    }

    /// <summary>Points that sandboxes told.</summary>
    internal long SandboxesTold => Sum(static f => f.Told, _endedTold);

    /// <summary>Points that they could not tell.</summary>
    internal long SandboxesLost => Sum(static f => f.Lost, _endedLost);

    /// <summary>Messages of theirs that could not be understood, or were over a limit.</summary>
    internal long SandboxesUnreadable => Sum(static f => f.Unreadable, _endedUnreadable);

    /// <summary>Paths and programs of theirs that were told as they were asked for, since looking where they lead would have taken too long.</summary>
    internal long SandboxesUnfollowed
    {
        get
        {
            lock (_gate)
            {
                return _endedUnfollowed + _watched.Values.Sum(Unfollowed);
            }
        }
    }

    /// <summary>Whether a sandbox is listened to.</summary>
    internal bool IsHeard(string id)
    {
        lock (_gate)
        {
            return _feeds.ContainsKey(id);
        }
    }

    /// <summary>Listens to the sandbox of a container that is about to be made, or that was found running; goes on to, where it is listened to already.</summary>
    /// <param name="id">The container.</param>
    /// <param name="path">Where; what was there of others is removed.</param>
    /// <returns>What gVisor is to be told; null: the sensor does not run, or nothing can be listened to there, and the log says why.</returns>
    internal byte[]? Listen(string id, string path)
    {
        if (!Begin())
        {
            return null;
        }

        lock (_gate)
        {
            try
            {
                if (!_feeds.ContainsKey(id))
                {
                    File.Delete(path);
                    var feed = new SandboxFeed(id, path);
                    _feeds[id] = feed;
                    _thread!.Add(feed);
                }

                SandboxCalls = PointTable.Calls(_rules.Set);
                return PointTable.Write(SandboxCalls, path);
            }
            catch (IOException error)
            {
                _log.ContainerMissed(id, error.Message);
                return null;
            }
        }
    }

    /// <summary>A program is about to be started from outside; no error where the container is no sandbox.</summary>
    internal void Expect(string id, IReadOnlyList<string> words, bool hasTerminal)
    {
        lock (_gate)
        {
            if (_feeds.TryGetValue(id, out var feed))
            {
                _thread?.Expect(feed, new ExpectedProgram(words, hasTerminal, KernelClock.Realtime));
            }
        }
    }

    /// <summary>Counts points of a container that nobody could be told of.</summary>
    internal void CountLost(string id, long count)
    {
        lock (_gate)
        {
            _feeds.GetValueOrDefault(id)?.CountLost(count);
        }
    }

    /// <summary>Tells of sandboxes that live and say nothing any more: whoever took one over may want just that.</summary>
    private void TellSilence()
    {
        lock (_gate)
        {
            foreach (var (id, feed) in _feeds)
            {
                // One that ends closes its end a moment before it is gone: only who is found so twice is told.
                feed.Silences = feed.IsSilent ? feed.Silences + 1 : 0;
                if (feed.Silences == 2 && _watched.TryGetValue(id, out var container) && container.First.IsAlive())
                {
                    Tell("Sandbox silent", $"the sandbox of container {container.Facts.Name} in pod {container.Facts.Pod?.Name} runs and tells no more what happens in it");
                }
            }
        }
    }

    private void Hear(SensedContainer container)
    {
        if (_feeds.TryGetValue(container.Id, out var feed))
        {
            _thread!.Begin(feed, container);
        }
    }

    private void Silence(string id)
    {
        if (_feeds.Remove(id, out var feed))
        {
            // What it counts after this it counts for nobody.
            _endedTold += feed.Told;
            _endedLost += feed.Lost;
            _endedUnreadable += feed.Unreadable;
            _thread?.End(feed);
        }
    }

    /// <summary>Rules were loaded: where they watch other calls, sandboxes are to tell of those.</summary>
    private void AskAgain()
    {
        if (_feeds.Count > 0 && !PointTable.Calls(_rules.Set).SequenceEqual(SandboxCalls))
        {
            CallsChanged?.Invoke();
        }
    }

    private static long Unfollowed(SensedContainer container) => (container.Links?.Over ?? 0) + (container.Layers?.Over ?? 0);

    private long Sum(Func<SandboxFeed, long> count, long ended)
    {
        lock (_gate)
        {
            return ended + _feeds.Values.Sum(count);
        }
    }
}
