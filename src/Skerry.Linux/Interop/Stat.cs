using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>sys/stat.h: making nodes, modes, times and statx(2).</summary>
internal static partial class Stat
{
    /// <summary>STATX_BASIC_STATS | STATX_MNT_ID (linux/stat.h).</summary>
    internal const uint StatxWanted = 0x7ff | 0x1000;

    /// <summary>struct statx_timestamp (linux/stat.h).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct StatxTimestamp
    {
        internal long Seconds;
        internal uint Nanoseconds;
        internal int Reserved;
    }

    /// <summary>struct statx (linux/stat.h), 256 bytes.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    internal struct Statx
    {
        internal uint Mask;
        internal uint BlockSize;
        internal ulong Attributes;
        internal uint LinkCount;
        internal uint Uid;
        internal uint Gid;
        internal ushort Mode;
        internal ushort Spare0;
        internal ulong Inode;
        internal ulong Size;
        internal ulong Blocks;
        internal ulong AttributesMask;
        internal StatxTimestamp AccessTime;
        internal StatxTimestamp BirthTime;
        internal StatxTimestamp ChangeTime;
        internal StatxTimestamp ModifyTime;
        internal uint RdevMajor;
        internal uint RdevMinor;
        internal uint DevMajor;
        internal uint DevMinor;
        internal ulong MountId;
    }

    /// <summary>struct timespec of the 64-bit ABI.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Timespec
    {
        internal long Seconds;
        internal long Nanoseconds;
    }

    /// <summary>UTIME_OMIT (linux/stat.h): leave this time as it is.</summary>
    internal const long UtimeOmit = (1L << 30) - 2;

    [LibraryImport(Unistd.Libc, EntryPoint = "mkdirat", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(PathMarshaller))]
    internal static partial int MkdirAt(int dirFd, string path, uint mode);

    [LibraryImport(Unistd.Libc, EntryPoint = "mknodat", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(PathMarshaller))]
    internal static partial int MknodAt(int dirFd, string path, uint mode, ulong device);

    [LibraryImport(Unistd.Libc, EntryPoint = "fchmod", SetLastError = true)]
    internal static partial int Fchmod(int fd, uint mode);

    [LibraryImport(Unistd.Libc, EntryPoint = "fchmodat", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(PathMarshaller))]
    internal static partial int FchmodAt(int dirFd, string path, uint mode, int flags);

    [LibraryImport(Unistd.Libc, EntryPoint = "utimensat", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(PathMarshaller))]
    internal static unsafe partial int UtimensAt(int dirFd, string path, Timespec* times, int flags);

    [LibraryImport(Unistd.Libc, EntryPoint = "futimens", SetLastError = true)]
    internal static unsafe partial int Futimens(int fd, Timespec* times);

    /// <summary>As the other, for a path that is bytes already.</summary>
    [LibraryImport(Unistd.Libc, EntryPoint = "statx")]
    internal static unsafe partial int StatxRaw(int dirFd, byte* path, int flags, uint mask, Statx* result);

    [LibraryImport(Unistd.Libc, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(PathMarshaller))]
    internal static unsafe partial int StatxAt(int dirFd, string path, int flags, uint mask, Statx* result);
}
