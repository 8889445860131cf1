using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>sys/vfs.h: fstatfs(2).</summary>
internal static partial class Statfs
{
    /// <summary>struct statfs of the 64-bit ABI (asm-generic/statfs.h), 120 bytes.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 120)]
    internal struct StatfsBuffer
    {
        internal long Type;
        internal long BlockSize;
        internal ulong Blocks;
        internal ulong BlocksFree;
        internal ulong BlocksAvailable;
        internal ulong Inodes;
        internal ulong InodesFree;
        internal long FsId;
        internal long NameLength;
        internal long FragmentSize;
        internal long Flags;
    }

    [LibraryImport(Unistd.Libc, EntryPoint = "fstatfs", SetLastError = true)]
    internal static unsafe partial int Fstatfs(int fd, StatfsBuffer* buffer);
}
