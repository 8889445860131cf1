#pragma warning disable CS8981 // the kernel's own spelling of its structures
using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>time.h.</summary>
internal static unsafe partial class ClockCalls
{
    internal const int CLOCK_REALTIME = 0;
    internal const int CLOCK_MONOTONIC = 1;
    internal const int CLOCK_BOOTTIME = 7;

    [LibraryImport(Unistd.Libc, EntryPoint = "clock_gettime", SetLastError = true)]
    internal static partial int GetTime(int clock, timespec* time);

    /// <summary>struct timespec of 64-bit machines.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct timespec
    {
        internal long Seconds;
        internal long Nanoseconds;
    }
}
