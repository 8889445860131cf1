namespace Skerry.Node.Images.Upkeep;

/// <summary>
/// Holds a scrub back to so many bytes a second, and altogether while the machine has something better to do. Its caller is a thread that may wait; one
/// at a time.
/// </summary>
/// <param name="bytesPerSecond">What may be read in a second.</param>
/// <param name="whyBusy">Why nothing should be read now; null: it may.</param>
/// <param name="clock">The time.</param>
/// <param name="wait">Waits, or ends with an <see cref="OperationCanceledException"/>.</param>
internal sealed class ScrubPace(long bytesPerSecond, Func<string?> whyBusy, TimeProvider clock, Action<TimeSpan, CancellationToken> wait)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BusyPause = TimeSpan.FromSeconds(30);

    /// <summary>Shorter pauses cost more than they spread.</summary>
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(20);

    private long _began;
    private long _looked;
    private long _taken;

    /// <summary>Why it waits; null while it reads.</summary>
    internal string? Waits { get; private set; }

    /// <summary>So much was read: returns when more may be.</summary>
    internal void Took(int bytes, CancellationToken ct)
    {
        if (_looked == 0 || clock.GetElapsedTime(_looked) >= LookEvery)
        {
            Look(ct);
        }

        if (_began == 0 || (_taken += bytes) < 0)
        {
            (_began, _taken) = (clock.GetTimestamp(), bytes);
        }

        var ahead = TimeSpan.FromSeconds((double)_taken / bytesPerSecond) - clock.GetElapsedTime(_began);
        if (ahead >= ShortestPause)
        {
            wait(ahead, ct);
        }
        else if (ahead < -LookEvery)
        {
            // What a slow disk did not give is not caught up with at once.
            (_began, _taken) = (clock.GetTimestamp(), 0);
        }
    }

    private void Look(CancellationToken ct)
    {
        while ((Waits = whyBusy()) is not null)
        {
            wait(BusyPause, ct);
            (_began, _taken) = (clock.GetTimestamp(), 0);
        }

        _looked = clock.GetTimestamp();
    }
}
