using Skerry.Linux;
using Skerry.Linux.Watches;

namespace Skerry.Guest.Loop;

/// <summary>
/// Everything the guest does, on one thread: descriptors that become ready, and what is due. So nothing here needs a lock, and nothing
/// that is called from here may wait.
/// </summary>
internal sealed class EventLoop : IDisposable
{
    private const int Batch = 64;

    private readonly Readiness _readiness = new();
    private readonly Dictionary<int, Action<Interest>> _watched = [];
    private readonly PriorityQueue<Action, long> _due = new();

    /// <summary>Called before each wait: what was gathered goes out.</summary>
    public Action? BeforeWait { get; set; }

    /// <summary>Watches a descriptor until <see cref="Remove"/>, which comes before it is closed.</summary>
    public void Add(FileDescriptor file, Interest interest, Action<Interest> ready)
    {
        _readiness.Add(file, interest);
        _watched[file.Number] = ready;
    }

    /// <summary>Watches for something else.</summary>
    public void Change(FileDescriptor file, Interest interest) => _readiness.Change(file, interest);

    /// <summary>Ends watching.</summary>
    public void Remove(FileDescriptor file)
    {
        if (_watched.Remove(file.Number))
        {
            _readiness.Remove(file);
        }
    }

    /// <summary>Has something done after a time.</summary>
    public void After(int milliseconds, Action action) => _due.Enqueue(action, Environment.TickCount64 + milliseconds);

    /// <summary>Waits a time for nothing, before there is a loop.</summary>
    public void Pause(int milliseconds)
    {
        Span<(int, Interest)> none = stackalloc (int, Interest)[1];
        _readiness.Wait(none, milliseconds);
    }

    /// <summary>Goes on until <paramref name="isOver"/>.</summary>
    public void Run(Func<bool> isOver)
    {
        Span<(int Number, Interest Came)> ready = stackalloc (int, Interest)[Batch];
        while (!isOver())
        {
            BeforeWait?.Invoke();
            var count = _readiness.Wait(ready, NextDue());
            foreach (var (number, came) in ready[..count])
            {
                // One that an earlier one of the batch removed is not there any more. Where its number was given to another already,
                // that one finds nothing to do, as nothing here waits.
                if (_watched.TryGetValue(number, out var action))
                {
                    action(came);
                }
            }

            while (_due.TryPeek(out var action, out var when) && when <= Environment.TickCount64)
            {
                _due.Dequeue();
                action();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _readiness.Dispose();

    private int NextDue() => _due.TryPeek(out _, out var when) ? (int)Math.Clamp(when - Environment.TickCount64, 0, 60_000) : -1;
}
