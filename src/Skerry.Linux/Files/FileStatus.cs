namespace Skerry.Linux.Files;

/// <summary>What kind of thing a directory entry is (S_IFMT of stat(2), as a number).</summary>
public enum FileKind
{
    /// <summary>Not a known kind.</summary>
    Unknown = 0,

    /// <summary>S_IFIFO.</summary>
    Fifo = 0x1000,

    /// <summary>S_IFCHR.</summary>
    CharacterDevice = 0x2000,

    /// <summary>S_IFDIR.</summary>
    Directory = 0x4000,

    /// <summary>S_IFBLK.</summary>
    BlockDevice = 0x6000,

    /// <summary>S_IFREG.</summary>
    Regular = 0x8000,

    /// <summary>S_IFLNK.</summary>
    Symlink = 0xa000,

    /// <summary>S_IFSOCK.</summary>
    Socket = 0xc000,
}

/// <summary>What statx(2) says of one inode.</summary>
/// <param name="Mode">Permission bits with setuid, setgid and sticky (0 … 07777).</param>
/// <param name="Size">Bytes of content.</param>
/// <param name="Blocks">Units of 512 bytes that are allocated.</param>
/// <param name="RawDevice">Major and minor of a device node.</param>
/// <param name="FileSystem">Major and minor of the file system it is on.</param>
/// <param name="ChangedSeconds">When content or attributes were changed last (ctime): nobody can set it, but by setting the machine's clock.</param>
public readonly record struct FileStatus(
    FileKind Kind,
    uint Mode,
    uint Uid,
    uint Gid,
    long Size,
    long Blocks,
    uint LinkCount,
    ulong Inode,
    (uint Major, uint Minor) RawDevice,
    (uint Major, uint Minor) FileSystem,
    ulong MountId,
    long ModifiedSeconds,
    uint ModifiedNanoseconds,
    long ChangedSeconds,
    uint ChangedNanoseconds)
{
    /// <summary>What tells that the file is as it is now.</summary>
    public FileStamp Stamp => new(Inode, Size, ChangedSeconds, ChangedNanoseconds, (uint)Kind | Mode);
}

/// <summary>Room on a file system (statfs(2)).</summary>
/// <param name="TotalBytes">All of it.</param>
/// <param name="AvailableBytes">What an unprivileged writer may still use.</param>
/// <param name="Type">The magic number (linux/magic.h).</param>
public readonly record struct FileSystemRoom(long TotalBytes, long AvailableBytes, long Inodes, long InodesFree, long Type);
