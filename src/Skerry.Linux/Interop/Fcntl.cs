using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>fcntl.h and sys/file.h: opening, reserving, advising and locking files.</summary>
internal static partial class Fcntl
{
    /// <summary>AT_FDCWD (linux/fcntl.h): paths are relative to the working directory.</summary>
    internal const int AtFdCwd = -100;

    /// <summary>AT_SYMLINK_NOFOLLOW (linux/fcntl.h).</summary>
    internal const int AtSymlinkNofollow = 0x100;

    /// <summary>AT_REMOVEDIR (linux/fcntl.h).</summary>
    internal const int AtRemovedir = 0x200;

    /// <summary>AT_EMPTY_PATH (linux/fcntl.h).</summary>
    internal const int AtEmptyPath = 0x1000;

    /// <summary>F_GETFD (asm-generic/fcntl.h): the flags of the descriptor, which fails when there is none.</summary>
    internal const int F_GETFD = 1;

    /// <summary>Closed by execve(2).</summary>
    internal const int FD_CLOEXEC = 1;

    [LibraryImport(Unistd.Libc, EntryPoint = "fcntl", SetLastError = true)]
    internal static partial int Control(int fd, int command);

    [LibraryImport(Unistd.Libc, EntryPoint = "fcntl", SetLastError = true)]
    internal static partial int Control(int fd, int command, nint argument);

    [LibraryImport(Unistd.Libc, EntryPoint = "fallocate", SetLastError = true)]
    internal static partial int Fallocate(int fd, int mode, long offset, long length);

    [LibraryImport(Unistd.Libc, EntryPoint = "posix_fadvise")]
    internal static partial int PosixFadvise(int fd, long offset, long length, int advice);

    [LibraryImport(Unistd.Libc, EntryPoint = "sync_file_range", SetLastError = true)]
    internal static partial int SyncFileRange(int fd, long offset, long length, uint flags);

    [LibraryImport(Unistd.Libc, EntryPoint = "flock", SetLastError = true)]
    internal static partial int Flock(int fd, int operation);
}
