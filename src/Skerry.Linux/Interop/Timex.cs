using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>sys/timex.h: the state of the kernel's clock.</summary>
internal static partial class Timex
{
    /// <summary>TIME_ERROR: the clock is not synchronised (adjtimex(2)).</summary>
    internal const int TimeError = 5;

    /// <summary>Bytes of struct timex on 64-bit machines (linux/timex.h).</summary>
    internal const int Size = 208;

    /// <param name="buffer">A struct timex; with modes 0 it is only filled.</param>
    [LibraryImport(Unistd.Libc, EntryPoint = "adjtimex", SetLastError = true)]
    internal static unsafe partial int Adjtimex(byte* buffer);
}
