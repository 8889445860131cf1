using Skerry.Linux.Interop;

namespace Skerry.Linux;

/// <summary>The kernel's clocks in nanoseconds, as its own events are stamped (clock_gettime(2)), and what it knows of them.</summary>
public static class KernelClock
{
    private const long Second = 1_000_000_000;

    /// <summary>Since 1970; may be set.</summary>
    public static long Realtime => Read(ClockCalls.CLOCK_REALTIME);

    /// <summary>Since some start, without sleep of the machine; the clock of bpf_ktime_get_ns.</summary>
    public static long Monotonic => Read(ClockCalls.CLOCK_MONOTONIC);

    /// <summary>Since boot, with sleep of the machine; the clock of process starts.</summary>
    public static long Boot => Read(ClockCalls.CLOCK_BOOTTIME);

    /// <summary>Whether something keeps the clock right (NTP, PTP, a GPS receiver) and has told the kernel so. False where the kernel does not say.</summary>
    public static unsafe bool IsSynchronised
    {
        get
        {
            // modes, the first field, is 0: nothing is changed
            var buffer = stackalloc byte[Timex.Size];
            new Span<byte>(buffer, Timex.Size).Clear();
            return Timex.Adjtimex(buffer) is >= 0 and not Timex.TimeError;
        }
    }

    private static unsafe long Read(int clock)
    {
        ClockCalls.timespec time;
        LinuxException.ThrowIfFailed(ClockCalls.GetTime(clock, &time), "clock_gettime", string.Empty);
        return (time.Seconds * Second) + time.Nanoseconds;
    }
}
