using System.Collections.Immutable;
using System.Threading.Channels;
using Google.Protobuf.WellKnownTypes;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Pods;

namespace Skerry.Node.Reconcile;

/// <summary>
/// What happened on the node: written to the journal and the audit log, told to those who listen. A listener that cannot keep up is told so by the end
/// of its stream; it never holds the node back.
/// </summary>
internal sealed class EventHub(Journal.Journal journal, AuditTrail trail, TimeProvider clock)
{
    private const int Backlog = 4096;

    // Held while an event gets its number, goes to the journal's queue and to the listeners: all see one order, so that who has read
    // the journal up to a number has missed nothing below it.
    private readonly Lock _order = new();
    private ImmutableArray<Channel<Event>> _listeners = [];
    private ImmutableArray<Watcher> _watchers = [];

    /// <summary>Called for each event.</summary>
    internal Action? Happened { get; set; }

    /// <summary>Tells of something that happened to a container.</summary>
    internal void Tell(string type, PodState pod, PodContainer? container, params ReadOnlySpan<(string Key, string Value)> attributes)
    {
        var happened = new Event
        {
            Time = Timestamp.FromDateTimeOffset(clock.GetUtcNow()),
            Type = type,
            PodId = pod.Id,
            PodName = pod.Name,
            ContainerId = container?.Id ?? string.Empty,
            ContainerName = container?.View.Name ?? string.Empty,
            Image = container?.View.Image ?? string.Empty,
        };
        foreach (var (key, value) in attributes)
        {
            happened.Attributes[key] = value;
        }

        _ = Publish(happened);
    }

    /// <summary>Tells of something that happened to the node or an image.</summary>
    internal void Tell(string type, params ReadOnlySpan<(string Key, string Value)> attributes)
    {
        var happened = new Event { Time = Timestamp.FromDateTimeOffset(clock.GetUtcNow()), Type = type };
        foreach (var (key, value) in attributes)
        {
            happened.Attributes[key] = value;
        }

        _ = Publish(happened);
    }

    /// <summary>Begins to listen. Dispose the answer to stop.</summary>
    internal EventListener Listen()
    {
        var channel = Channel.CreateBounded<Event>(new BoundedChannelOptions(Backlog) { FullMode = BoundedChannelFullMode.Wait });
        ImmutableInterlocked.Update(ref _listeners, static (all, added) => all.Add(added), channel);
        return new EventListener(channel.Reader, () => ImmutableInterlocked.Update(ref _listeners, static (all, gone) => all.Remove(gone), channel));
    }

    /// <summary>
    /// Has <paramref name="changed"/> called after whatever happens to a pod, on the thread that tells of it: it must return at once.
    /// Dispose the answer to stop.
    /// </summary>
    internal IDisposable Watch(string podId, Action changed)
    {
        var watcher = new Watcher(podId, changed, gone => ImmutableInterlocked.Update(ref _watchers, static (all, one) => all.Remove(one), gone));
        ImmutableInterlocked.Update(ref _watchers, static (all, added) => all.Add(added), watcher);
        return watcher;
    }

    /// <summary>Tells of something about a pod that must not be forgotten; the task completes when it is on the medium.</summary>
    internal Task TellDurably(string type, PodState pod, params ReadOnlySpan<(string Key, string Value)> attributes)
    {
        var happened = new Event { Time = Timestamp.FromDateTimeOffset(clock.GetUtcNow()), Type = type, PodId = pod.Id, PodName = pod.Name };
        foreach (var (key, value) in attributes)
        {
            happened.Attributes[key] = value;
        }

        return Publish(happened, durable: true);
    }

    /// <summary>Tells of something about the node or an image that must not be forgotten; the task completes when it is on the medium.</summary>
    internal Task TellDurably(string type, params ReadOnlySpan<(string Key, string Value)> attributes)
    {
        var happened = new Event { Time = Timestamp.FromDateTimeOffset(clock.GetUtcNow()), Type = type };
        foreach (var (key, value) in attributes)
        {
            happened.Attributes[key] = value;
        }

        return Publish(happened, durable: true);
    }

    private Task Publish(Event happened, bool durable = false)
    {
        // The journal's answer is waited for only by who must: an event that a full disk loses must not stop a container.
        Task written;
        trail.Note(happened);
        lock (_order)
        {
            written = journal.AppendEvent(happened, durable);
            Happened?.Invoke();
            foreach (var listener in _listeners)
            {
                if (!listener.Writer.TryWrite(happened))
                {
                    listener.Writer.TryComplete(PodException.State("this listener fell behind by 4096 events; read the missed ones with --since"));
                }
            }
        }

        foreach (var watcher in _watchers)
        {
            if (watcher.PodId == happened.PodId)
            {
                watcher.Changed();
            }
        }

        return written;
    }

    private sealed class Watcher(string podId, Action changed, Action<Watcher> stop) : IDisposable
    {
        internal string PodId => podId;

        internal Action Changed => changed;

        public void Dispose() => stop(this);
    }
}

/// <summary>One who listens to events.</summary>
internal sealed class EventListener(ChannelReader<Event> events, Action stop) : IDisposable
{
    /// <summary>The events, from the moment of listening on.</summary>
    internal ChannelReader<Event> Events => events;

    public void Dispose() => stop();
}
