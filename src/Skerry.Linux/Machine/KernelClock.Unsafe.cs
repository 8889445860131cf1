using Skerry.Linux.Interop;

namespace Skerry.Linux;

/// <summary>The kernel's clocks in nanoseconds, as its own events are stamped (clock_gettime(2)).</summary>
public static class KernelClock
{
    private const long Second = 1_000_000_000;

    /// <summary>Since 1970; may be set.</summary>
    public static long Realtime => Read(ClockCalls.CLOCK_REALTIME);

    /// <summary>Since some start, without sleep of the machine; the clock of bpf_ktime_get_ns.</summary>
    public static long Monotonic => Read(ClockCalls.CLOCK_MONOTONIC);

    /// <summary>Since boot, with sleep of the machine; the clock of process starts.</summary>
    public static long Boot => Read(ClockCalls.CLOCK_BOOTTIME);

    private static unsafe long Read(int clock)
    {
        ClockCalls.timespec time;
        LinuxException.ThrowIfFailed(ClockCalls.GetTime(clock, &time), "clock_gettime", string.Empty);
        return (time.Seconds * Second) + time.Nanoseconds;
    }
}
