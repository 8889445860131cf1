namespace Skerry.Node.Sensors.Gvisor;

/// <summary>So many turns a second and no more. Of one thread.</summary>
internal struct TurnsASecond
{
    private const long Second = 1_000_000_000;

    private long _second;
    private long _taken;

    /// <summary>Takes a turn; false where this second has none left.</summary>
    /// <param name="most">Turns in a second.</param>
    /// <param name="now">Nanoseconds (CLOCK_MONOTONIC).</param>
    internal bool Take(long most, long now)
    {
        if (now - _second >= Second)
        {
            (_second, _taken) = (now, 0);
        }

        return ++_taken <= most;
    }
}
