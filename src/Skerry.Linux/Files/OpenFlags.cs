using System.Runtime.InteropServices;

namespace Skerry.Linux.Files;

/// <summary>
/// How a file is opened (open(2)); named values because O_DIRECTORY and O_NOFOLLOW differ between architectures.
/// Close-on-exec and O_LARGEFILE are always added.
/// </summary>
[Flags]
public enum OpenFlags
{
    /// <summary>O_RDONLY.</summary>
    Read = 0,

    /// <summary>O_WRONLY.</summary>
    Write = 1 << 0,

    /// <summary>O_RDWR.</summary>
    ReadWrite = 1 << 1,

    /// <summary>O_CREAT.</summary>
    Create = 1 << 2,

    /// <summary>O_EXCL.</summary>
    Exclusive = 1 << 3,

    /// <summary>O_TRUNC.</summary>
    Truncate = 1 << 4,

    /// <summary>O_APPEND.</summary>
    Append = 1 << 5,

    /// <summary>O_DIRECTORY.</summary>
    Directory = 1 << 6,

    /// <summary>O_NOFOLLOW.</summary>
    NoFollow = 1 << 7,

    /// <summary>O_PATH: a handle on the place, not on the content.</summary>
    Path = 1 << 8,

    /// <summary>O_NONBLOCK: a FIFO or a device does not block the open.</summary>
    NonBlock = 1 << 9,

    /// <summary>O_NOATIME: reading leaves the access time alone (owner or CAP_FOWNER only).</summary>
    NoAccessTime = 1 << 10,
}

/// <summary>How the path of openat2(2) is resolved; the values are the kernel's (linux/openat2.h).</summary>
[Flags]
public enum ResolveFlags
{
    /// <summary>As openat(2) does.</summary>
    None = 0,

    /// <summary>RESOLVE_NO_XDEV: no crossing of mounts.</summary>
    NoMountCrossing = 0x01,

    /// <summary>RESOLVE_NO_MAGICLINKS: no /proc/…/fd style links.</summary>
    NoMagicLinks = 0x02,

    /// <summary>RESOLVE_NO_SYMLINKS: a symbolic link anywhere is ELOOP.</summary>
    NoSymlinks = 0x04,

    /// <summary>RESOLVE_BENEATH: leaving the directory, also by an absolute link, is EXDEV.</summary>
    Beneath = 0x08,

    /// <summary>RESOLVE_IN_ROOT: the directory is the root of the world, as chroot(2) would have it.</summary>
    InRoot = 0x10,

    /// <summary>RESOLVE_CACHED (Linux 5.12): what the kernel does not have in memory is EAGAIN; nothing is waited for.</summary>
    Cached = 0x20,
}

/// <summary>Translates <see cref="OpenFlags"/> for the architecture this process runs on.</summary>
internal static class OpenFlagBits
{
    // asm-generic/fcntl.h; O_DIRECTORY and O_NOFOLLOW of arm64 are in arch/arm64/include/uapi/asm/fcntl.h.
    private static readonly bool s_arm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64;
    private static readonly int s_directory = s_arm ? 0x4000 : 0x10000;
    private static readonly int s_noFollow = s_arm ? 0x8000 : 0x20000;

    internal static ulong Of(OpenFlags flags)
    {
        const int closeOnExec = 0x80000;
        int bits = closeOnExec;
        bits |= flags.HasFlag(OpenFlags.ReadWrite) ? 2 : flags.HasFlag(OpenFlags.Write) ? 1 : 0;
        bits |= flags.HasFlag(OpenFlags.Create) ? 0x40 : 0;
        bits |= flags.HasFlag(OpenFlags.Exclusive) ? 0x80 : 0;
        bits |= flags.HasFlag(OpenFlags.Truncate) ? 0x200 : 0;
        bits |= flags.HasFlag(OpenFlags.Append) ? 0x400 : 0;
        bits |= flags.HasFlag(OpenFlags.NonBlock) ? 0x800 : 0;
        bits |= flags.HasFlag(OpenFlags.NoAccessTime) ? 0x40000 : 0;
        bits |= flags.HasFlag(OpenFlags.Directory) ? s_directory : 0;
        bits |= flags.HasFlag(OpenFlags.NoFollow) ? s_noFollow : 0;
        bits |= flags.HasFlag(OpenFlags.Path) ? 0x200000 : 0;
        return (ulong)bits;
    }
}
