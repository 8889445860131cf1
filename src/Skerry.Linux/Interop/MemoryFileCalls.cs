using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>sys/mman.h (memfd_create) and the descriptor calls of linux/close_range.h.</summary>
internal static partial class MemoryFileCalls
{
    /// <summary>linux/memfd.h: MFD_CLOEXEC | MFD_ALLOW_SEALING.</summary>
    internal const uint MFD_CLOEXEC_ALLOW_SEALING = 3;

    /// <summary>linux/fcntl.h: F_ADD_SEALS.</summary>
    internal const int F_ADD_SEALS = 1033;

    /// <summary>linux/fcntl.h: F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE.</summary>
    internal const int AllSeals = 15;

    /// <summary>linux/close_range.h: CLOSE_RANGE_CLOEXEC (Linux 5.11).</summary>
    internal const int CLOSE_RANGE_CLOEXEC = 4;

    [LibraryImport(Unistd.Libc, EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int MemfdCreate(string name, uint flags);

    [LibraryImport(Unistd.Libc, EntryPoint = "close_range", SetLastError = true)]
    internal static partial int CloseRange(uint first, uint last, int flags);
}
