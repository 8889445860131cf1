using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>sys/mman.h: mappings (mmap(2)).</summary>
internal static unsafe partial class MemoryMap
{
    internal const int PROT_READ = 1;
    internal const int PROT_WRITE = 2;
    internal const int MAP_SHARED = 1;
    internal const int MAP_PRIVATE = 2;
    internal const int MAP_ANONYMOUS = 0x20;

    /// <summary>MAP_FAILED.</summary>
    internal static readonly void* Failed = (void*)-1;

    [LibraryImport(Unistd.Libc, EntryPoint = "mmap", SetLastError = true)]
    internal static partial void* Map(void* address, nuint length, int protection, int flags, int fd, nint offset);

    [LibraryImport(Unistd.Libc, EntryPoint = "munmap", SetLastError = true)]
    internal static partial int Unmap(void* address, nuint length);
}
