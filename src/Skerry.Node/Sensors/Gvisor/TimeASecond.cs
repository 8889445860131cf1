namespace Skerry.Node.Sensors.Gvisor;

/// <summary>So much of each second and no more. Of one thread.</summary>
internal struct TimeASecond
{
    private const long Second = 1_000_000_000;

    private long _second;
    private long _spent;

    /// <summary>Whether this second has some left.</summary>
    /// <param name="most">Nanoseconds of each second.</param>
    /// <param name="now">Nanoseconds (CLOCK_MONOTONIC).</param>
    internal bool HasLeft(long most, long now)
    {
        if (now - _second >= Second)
        {
            (_second, _spent) = (now, 0);
        }

        return _spent < most;
    }

    /// <summary>Spends some, nanoseconds.</summary>
    internal void Spend(long time) => _spent += time;
}
