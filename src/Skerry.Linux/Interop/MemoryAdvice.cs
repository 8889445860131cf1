using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>sys/mman.h: advice on memory.</summary>
internal static partial class MemoryAdvice
{
    /// <summary>MADV_DONTNEED (asm-generic/mman-common.h).</summary>
    internal const int DontNeed = 4;

    [LibraryImport(Unistd.Libc, EntryPoint = "madvise", SetLastError = true)]
    internal static partial int Advise(nint address, nuint length, int advice);
}
