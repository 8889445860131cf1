using System.Globalization;
using Skerry.Linux;

namespace Skerry.Node.Journal;

/// <summary>
/// The time by which signatures are judged: the machine's clock, but never earlier than what is known to be past. A gateway that starts
/// in 1970, or whose clock was set back, does not take what has expired for good again.
/// </summary>
/// <remarks>
/// <para>Known to be past are: when this program was built; what the journal kept; times that a log, a time stamp or a signing
/// authority proved; the clock whenever the kernel says that it is synchronised. From there on the monotonic clock counts, which
/// nobody can set. A clock that nobody vouches for raises nothing: one that was wrong once would be wrong for ever. Nor does a proven time that a clock
/// which the kernel vouches for has not reached: who signs may have a wrong clock, too.</para>
/// <para>Safe for several threads; the gate guards the floor.</para>
/// </remarks>
internal sealed class TimeFloor
{
    private const string Key = "time_floor";

    /// <summary>How often it is kept, and so how much of it a power cut can take.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromHours(1);

    /// <summary>How far clocks that are right may be apart.</summary>
    private static readonly TimeSpan Apart = TimeSpan.FromHours(1);

    private readonly Journal _journal;
    private readonly TimeProvider _clock;
    private readonly Func<bool> _isSynchronised;
    private readonly Lock _gate = new();
    private DateTimeOffset _floor; // guarded by _gate
    private long _since; // guarded by _gate

    /// <param name="journal">Where it is kept.</param>
    /// <param name="clock">The machine's clocks.</param>
    /// <param name="built">When this program was built.</param>
    /// <param name="isSynchronised">Whether the clock is right; null: the kernel is asked.</param>
    internal TimeFloor(Journal journal, TimeProvider clock, DateTimeOffset built, Func<bool>? isSynchronised = null)
    {
        (_journal, _clock) = (journal, clock);
        _isSynchronised = isSynchronised ?? (static () => KernelClock.IsSynchronised);
        _since = clock.GetTimestamp();
        _floor = built;
        if (journal.ReadMeta(Key) is { } text && DateTimeOffset.TryParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var kept) && kept > built)
        {
            _floor = kept;
        }
    }

    /// <summary>The earliest that it can be.</summary>
    internal DateTimeOffset Floor
    {
        get
        {
            lock (_gate)
            {
                return Risen();
            }
        }
    }

    /// <summary>The time for verdicts.</summary>
    internal DateTimeOffset Now()
    {
        var (clock, floor) = (_clock.GetUtcNow(), Floor);
        return clock > floor ? clock : floor;
    }

    /// <summary>How far the clock is behind what is known to be past; zero when it is not.</summary>
    internal TimeSpan Behind => Floor - _clock.GetUtcNow() is var behind && behind > TimeSpan.Zero ? behind : TimeSpan.Zero;

    /// <summary>Notes that a time is proven to be past.</summary>
    internal Task Raise(DateTimeOffset proven)
    {
        if (proven - _clock.GetUtcNow() > Apart && _isSynchronised())
        {
            return Task.CompletedTask;
        }

        lock (_gate)
        {
            if (proven <= Risen())
            {
                return Task.CompletedTask;
            }

            (_floor, _since) = (proven, _clock.GetTimestamp());
        }

        return Keep();
    }

    /// <summary>Writes it to the journal.</summary>
    internal Task Keep()
    {
        if (_isSynchronised())
        {
            var now = _clock.GetUtcNow();
            lock (_gate)
            {
                if (now > Risen())
                {
                    (_floor, _since) = (now, _clock.GetTimestamp());
                }
            }
        }

        return _journal.PutMeta(Key, Floor.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture));
    }

    /// <summary>Keeps it now and then until the node stops.</summary>
    internal async Task Run(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                try
                {
                    await Keep().ConfigureAwait(false);
                }
                catch (JournalException)
                {
                    // The disk is full, which the doctor tells; the floor still rises in memory, and is kept when there is room.
                }

                await Task.Delay(Period, _clock, stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }

    /// <summary>The floor now; it ends where times end. Under the gate.</summary>
    private DateTimeOffset Risen() => _clock.GetElapsedTime(_since) is var passed && passed > DateTimeOffset.MaxValue - _floor ? DateTimeOffset.MaxValue : _floor + passed;
}
