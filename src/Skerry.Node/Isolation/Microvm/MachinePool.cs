using Skerry.Linux;
using Skerry.Node.Configuration;
using Skerry.Node.Isolation.Jails;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>
/// Machines that wait for pods: of each shape and trust domain that was asked for lately, so many as the configuration says, within its memory. One
/// is never given to a pod of another trust domain. They are of this daemon and these files, and go with it.
/// </summary>
/// <remarks>Safe for several threads. One machine is made at a time, when no pod has been started for a moment.</remarks>
internal sealed class MachinePool : IAsyncDisposable
{
    /// <summary>What one is taken to need before one was made.</summary>
    private const ulong Guess = 96UL << 20;

    /// <summary>Most kinds of pods that are remembered; the one that was asked for longest ago is forgotten.</summary>
    private const int MostShelves = 32;

    private const int PauseMinutes = 5;
    private static readonly TimeSpan Calm = TimeSpan.FromMilliseconds(250);
    private readonly Func<MachineChoice, MachineShape, JailRoot, FileDescriptor, FileDescriptor, CancellationToken, Task<ParkedMachine>> _make;
    private readonly Func<ParkedMachine, Task> _end;
    private readonly Templates _templates;
    private readonly MicrovmOptions _options;
    private readonly ILogger _log;
    private readonly TimeProvider _clock;
    private readonly Lock _lock = new(); // guards _shelves and what is in them
    private readonly Dictionary<(string Domain, MachineShape Shape), Shelf> _shelves = [];
    private readonly SemaphoreSlim _wanted = new(0, 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _filling;

    internal MachinePool(
        Func<MachineChoice, MachineShape, JailRoot, FileDescriptor, FileDescriptor, CancellationToken, Task<ParkedMachine>> make,
        Func<ParkedMachine, Task> end,
        Templates templates,
        MicrovmOptions options,
        ILogger log,
        TimeProvider clock)
    {
        (_make, _end, _templates, _options, _log, _clock) = (make, end, templates, options, log, clock);
        templates.Made = Wake;
        _filling = Task.Run(Fill);
    }

    /// <summary>How many wait, and what they take of the node's memory.</summary>
    internal (int Count, ulong Bytes) Waiting
    {
        get
        {
            lock (_lock)
            {
                return (_shelves.Values.Sum(static s => s.Machines.Count), Bytes());
            }
        }
    }

    /// <summary>Takes a machine that waits, if there is one, and has another made.</summary>
    /// <param name="how">How machines work here.</param>
    /// <param name="domain">The trust domain.</param>
    /// <param name="shape">Size, slots and card.</param>
    /// <param name="root">The jail's root, whose name changes with every program in it and with the guest.</param>
    internal ParkedMachine? Take(MachineChoice how, string domain, MachineShape shape, JailRoot root)
    {
        ParkedMachine? taken = null;
        List<ParkedMachine> gone = [];
        lock (_lock)
        {
            var key = (domain, shape.Rounded());
            if (!_shelves.TryGetValue(key, out var shelf) || shelf.Basis != Shelf.BasisOf(how, root))
            {
                gone.AddRange(shelf?.Machines ?? []);
                _shelves[key] = shelf = new Shelf(how, root);
            }

            shelf.Used = _clock.GetTimestamp();
            if (_shelves.Count > MostShelves && _shelves.MinBy(static s => s.Value.Used) is var oldest && _shelves.Remove(oldest.Key))
            {
                gone.AddRange(oldest.Value.Machines);
            }

            while (taken is null && shelf.Machines.TryDequeue(out var machine))
            {
                if (machine.IsAlive)
                {
                    taken = machine;
                }
                else
                {
                    gone.Add(machine);
                }
            }
        }

        gone.ForEach(m => _ = End(m));
        Meters.NodeMeters.Pooled.Add(1, new KeyValuePair<string, object?>("found", taken is not null));
        Wake();
        return taken;
    }

    /// <summary>Ends all that wait; none is made from now on.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _filling.ConfigureAwait(false);
        List<ParkedMachine> left;
        lock (_lock)
        {
            left = [.. _shelves.Values.SelectMany(static s => s.Machines)];
            _shelves.Clear();
        }

        await Task.WhenAll(left.Select(End)).ConfigureAwait(false);
    }

    private void Wake()
    {
        lock (_lock)
        {
            if (_wanted.CurrentCount == 0)
            {
                _wanted.Release();
            }
        }
    }

    private async Task Fill()
    {
        try
        {
            while (true)
            {
                await _wanted.WaitAsync(_stopping.Token).ConfigureAwait(false);
                do
                {
                    await Task.Delay(Calm, _clock, _stopping.Token).ConfigureAwait(false);
                }
                while (await _wanted.WaitAsync(TimeSpan.Zero, _stopping.Token).ConfigureAwait(false));

                while (_wanted.CurrentCount == 0 && Next() is { } next)
                {
                    await Add(next.Key, next.Shelf).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }

    /// <summary>The shelf that was used last of those that are not full, where there is room for one more machine on it.</summary>
    private ((string Domain, MachineShape Shape) Key, Shelf Shelf)? Next()
    {
        List<ParkedMachine> gone = [];
        try
        {
            lock (_lock)
            {
                var now = _clock.GetUtcNow();
                foreach (var (key, shelf) in _shelves.OrderByDescending(static s => s.Value.Used).ToList())
                {
                    if (shelf.Machines.Count >= _options.CacheNumber || shelf.RetryAt > now || !_templates.Has(key.Domain, key.Shape))
                    {
                        continue;
                    }

                    // What was used longer ago makes room.
                    while (Bytes() + shelf.Cost > (ulong)_options.CacheBytes
                        && _shelves.Values.Where(s => s.Used < shelf.Used && s.Machines.Count > 0).MinBy(static s => s.Used) is { } old)
                    {
                        gone.Add(old.Machines.Dequeue());
                    }

                    if (Bytes() + shelf.Cost <= (ulong)_options.CacheBytes)
                    {
                        return (key, shelf);
                    }
                }

                return null;
            }
        }
        finally
        {
            gone.ForEach(m => _ = End(m));
        }
    }

    private async Task Add((string Domain, MachineShape Shape) key, Shelf shelf)
    {
        if (_templates.Find(key.Domain, key.Shape, shelf.Basis) is not { } template)
        {
            shelf.RetryAt = _clock.GetUtcNow().AddMinutes(PauseMinutes);
            return;
        }

        var began = _clock.GetTimestamp();
        try
        {
            var made = await _make(shelf.How, key.Shape, shelf.Root, template.State, template.Memory, _stopping.Token).ConfigureAwait(false);
            shelf.Cost = Math.Max(made.MemoryBytes, 1);
            bool isKept;
            lock (_lock)
            {
                isKept = _shelves.TryGetValue(key, out var current) && current == shelf;
                if (isKept)
                {
                    shelf.Machines.Enqueue(made);
                }
            }

            if (!isKept)
            {
                await End(made).ConfigureAwait(false);
                return;
            }

            _log.MachineParked(key.Shape.ToString(), key.Domain, (long)_clock.GetElapsedTime(began).TotalMilliseconds, (long)(made.MemoryBytes >> 20));
        }
        catch (Exception error) when (!_stopping.IsCancellationRequested)
        {
            shelf.RetryAt = _clock.GetUtcNow().AddMinutes(PauseMinutes);
            _log.ParkingFailed(key.Shape.ToString(), key.Domain, error is OperationCanceledException ? "it did not come up in time" : error.Message, PauseMinutes);
        }
    }

    private async Task End(ParkedMachine machine)
    {
        try
        {
            await _end(machine).ConfigureAwait(false);
        }
        catch (IOException error)
        {
            _log.ParkedLeft(machine.Pod.Id, error.Message);
        }
    }

    private ulong Bytes() => _shelves.Values.Aggregate(0UL, static (sum, s) => sum + s.Machines.Aggregate(0UL, static (all, m) => all + m.MemoryBytes));

    private sealed class Shelf(MachineChoice how, JailRoot root)
    {
        internal MachineChoice How { get; } = how;

        internal JailRoot Root { get; } = root;

        internal string Basis { get; } = BasisOf(how, root);

        internal Queue<ParkedMachine> Machines { get; } = [];

        internal ulong Cost { get; set; } = Guess;

        internal long Used { get; set; }

        internal DateTimeOffset RetryAt { get; set; }

        internal static string BasisOf(MachineChoice how, JailRoot root) => Templates.BasisOf(how, root);
    }
}
