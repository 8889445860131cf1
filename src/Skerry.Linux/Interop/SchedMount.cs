using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>sched.h (namespaces) and sys/mount.h, with the mount calls that glibc 2.36 wraps.</summary>
internal static unsafe partial class SchedMount
{
    internal const int CLONE_FS = 0x200;
    internal const int CLONE_NEWNS = 0x20000;

    internal const int AT_FDCWD = -100;
    internal const int AT_SYMLINK_NOFOLLOW = 0x100;
    internal const int AT_EMPTY_PATH = 0x1000;
    internal const int AT_RECURSIVE = 0x8000;
    internal const uint OPEN_TREE_CLONE = 1;
    internal const uint OPEN_TREE_CLOEXEC = 0x80000;
    internal const uint MOVE_MOUNT_F_EMPTY_PATH = 4;
    internal const ulong MOUNT_ATTR_RDONLY = 1;
    internal const ulong MOUNT_ATTR_NOSUID = 2;
    internal const ulong MOUNT_ATTR_NODEV = 4;
    internal const ulong MOUNT_ATTR_NOEXEC = 8;
    internal const ulong MOUNT_ATTR_IDMAP = 0x100000;

    [LibraryImport(Unistd.Libc, EntryPoint = "unshare", SetLastError = true)]
    internal static partial int Unshare(int flags);

    [LibraryImport(Unistd.Libc, EntryPoint = "setns", SetLastError = true)]
    internal static partial int SetNs(int fd, int kind);

    [LibraryImport(Unistd.Libc, EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Mount(string? source, string target, string? type, ulong flags, string? data);

    [LibraryImport(Unistd.Libc, EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Unmount(string target, int flags);

    [LibraryImport(Unistd.Libc, EntryPoint = "chdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int ChangeDirectory(string path);

    [LibraryImport(Unistd.Libc, EntryPoint = "open_tree", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int OpenTree(int directory, string path, uint flags);

    [LibraryImport(Unistd.Libc, EntryPoint = "move_mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int MoveMount(int from, string fromPath, int to, string toPath, uint flags);

    [LibraryImport(Unistd.Libc, EntryPoint = "mount_setattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int MountSetAttr(int directory, string path, uint flags, MountAttr* attributes, nuint size);

    [LibraryImport(Unistd.Libc, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Open(string path, int flags, uint mode);

    /// <summary>struct mount_attr, linux/mount.h (MOUNT_ATTR_SIZE_VER0, 32 bytes).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct MountAttr
    {
        internal ulong Set;
        internal ulong Clear;
        internal ulong Propagation;
        internal ulong UserNamespace;
    }
}
