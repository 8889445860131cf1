namespace Skerry.Node.Sensors;

/// <summary>So much of each second and no more: turns, or nanoseconds. Of one thread.</summary>
internal struct ShareOfSecond
{
    private const long Second = 1_000_000_000;

    private long _second;
    private long _spent;

    /// <summary>Whether this second has some left.</summary>
    /// <param name="most">What each second has.</param>
    /// <param name="now">Nanoseconds (CLOCK_MONOTONIC).</param>
    internal bool HasLeft(long most, long now)
    {
        if (now - _second >= Second)
        {
            (_second, _spent) = (now, 0);
        }

        return _spent < most;
    }

    /// <summary>Spends some.</summary>
    internal void Spend(long amount) => _spent += amount;

    /// <summary>Takes a turn; false where this second has none left.</summary>
    /// <param name="most">Turns in a second.</param>
    /// <param name="now">Nanoseconds (CLOCK_MONOTONIC).</param>
    internal bool Take(long most, long now)
    {
        var hasLeft = HasLeft(most, now);
        Spend(1);
        return hasLeft;
    }
}
