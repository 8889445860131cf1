using System.Runtime.InteropServices;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Files;

/// <summary>
/// File system calls relative to an open directory. Names that come from outside go through <see cref="OpenBeneath"/> or
/// <see cref="OpenInRoot"/>; every other call takes one name below a directory that was opened that way and never follows
/// a symbolic link at that name.
/// </summary>
public static partial class FileCalls
{
    /// <summary>Reads a file to the end that it has now; what is cut off meanwhile is missing.</summary>
    /// <param name="file">The file.</param>
    /// <param name="subject">What it is, for errors.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static byte[] ReadWhole(FileDescriptor file, string subject)
    {
        var bytes = new byte[Status(file).Size];
        var got = 0;
        while (got < bytes.Length && Read(file, bytes.AsSpan(got), got, subject) is var n and > 0)
        {
            got += n;
        }

        return got == bytes.Length ? bytes : bytes[..got];
    }

    /// <summary>Opens <paramref name="path"/> as openat(2) does; <paramref name="directory"/> null: the working directory.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static FileDescriptor Open(FileDescriptor? directory, string path, OpenFlags flags, uint mode = 0, ResolveFlags resolve = ResolveFlags.None)
    {
        var (opened, error) = TryOpen(directory, path, flags, mode, resolve);
        return opened ?? throw LinuxException.Of("openat2", path, error);
    }

    /// <summary>As <see cref="Open"/>, with the error as a value.</summary>
    public static (FileDescriptor? Opened, Errno Error) TryOpen(
        FileDescriptor? directory, string path, OpenFlags flags, uint mode = 0, ResolveFlags resolve = ResolveFlags.None)
    {
        RefuseNul(path);
        ulong bits = OpenFlagBits.Of(flags);
        while (true)
        {
            int fd = OpenAt2.Open(DirectoryNumber(directory), path, bits, mode, (ulong)resolve);
            if (fd >= 0)
            {
                return (new FileDescriptor(fd), Errno.None);
            }

            // EAGAIN: a rename elsewhere raced with a ".." of a scoped lookup (openat2(2)); the lookup is to be repeated, unless it is told not to wait.
            var error = (Errno)Marshal.GetLastPInvokeError();
            if (error != Errno.EINTR && !(error == Errno.EAGAIN && resolve != ResolveFlags.None && !resolve.HasFlag(ResolveFlags.Cached)))
            {
                return (null, error);
            }
        }
    }

    /// <summary>Opens a path that must stay below <paramref name="root"/> and may not pass any symbolic link.</summary>
    public static (FileDescriptor? Opened, Errno Error) OpenBeneath(FileDescriptor root, string path, OpenFlags flags, uint mode = 0) =>
        TryOpen(root, path, flags, mode, ResolveFlags.Beneath | ResolveFlags.NoMagicLinks | ResolveFlags.NoSymlinks);

    /// <summary>Opens a path as a process that is chrooted to <paramref name="root"/> would; symbolic links stay inside.</summary>
    public static (FileDescriptor? Opened, Errno Error) OpenInRoot(FileDescriptor root, string path, OpenFlags flags, uint mode = 0) =>
        TryOpen(root, path, flags, mode, ResolveFlags.InRoot | ResolveFlags.NoMagicLinks);

    /// <summary>mkdirat(2); false where the name exists.</summary>
    public static bool MakeDirectory(FileDescriptor? directory, string name, uint mode)
    {
        RefuseNul(name);
        return NewName(Stat.MkdirAt(DirectoryNumber(directory), name, mode), "mkdirat", name);
    }

    /// <summary>mknodat(2); false where the name exists.</summary>
    public static bool MakeNode(FileDescriptor directory, string name, FileKind kind, uint mode, uint major = 0, uint minor = 0)
    {
        RefuseNul(name);

        // gnu_dev_makedev of sys/sysmacros.h.
        ulong device = ((ulong)(major & 0xfff) << 8) | (minor & 0xff) | ((ulong)(minor & ~0xffu) << 12) | ((ulong)(major & ~0xfffu) << 32);
        return NewName(Stat.MknodAt(directory.Number, name, (uint)kind | mode, device), "mknodat", name);
    }

    /// <summary>symlinkat(2); false where the name exists.</summary>
    public static bool MakeSymlink(FileDescriptor directory, string name, string target)
    {
        RefuseNul(name);
        RefuseNul(target);
        return NewName(UnistdFiles.SymlinkAt(target, directory.Number, name), "symlinkat", name);
    }

    /// <summary>linkat(2), a symbolic link itself is linked; false where the new name exists.</summary>
    public static bool MakeHardLink(FileDescriptor oldDirectory, string oldName, FileDescriptor newDirectory, string newName)
    {
        RefuseNul(oldName);
        RefuseNul(newName);
        return NewName(UnistdFiles.LinkAt(oldDirectory.Number, oldName, newDirectory.Number, newName, 0), "linkat", newName);
    }

    /// <summary>unlinkat(2) of a name that is no directory; false where it does not exist.</summary>
    public static bool Unlink(FileDescriptor? directory, string name) => Remove(directory, name, 0);

    /// <summary>unlinkat(2) of an empty directory; false where it does not exist.</summary>
    public static bool RemoveDirectory(FileDescriptor? directory, string name) => Remove(directory, name, Fcntl.AtRemovedir);

    /// <summary>renameat2(2): replaces what is at the new name.</summary>
    public static void Rename(FileDescriptor? oldDirectory, string oldName, FileDescriptor? newDirectory, string newName) =>
        RenameWith(oldDirectory, oldName, newDirectory, newName, 0);

    /// <summary>renameat2(2) with RENAME_NOREPLACE.</summary>
    /// <exception cref="LinuxException">EEXIST where the new name exists.</exception>
    public static void RenameToNew(FileDescriptor? oldDirectory, string oldName, FileDescriptor? newDirectory, string newName) =>
        RenameWith(oldDirectory, oldName, newDirectory, newName, 1);

    /// <summary>renameat2(2) with RENAME_EXCHANGE: both names exist before and after.</summary>
    public static void Exchange(FileDescriptor? oldDirectory, string oldName, FileDescriptor? newDirectory, string newName) =>
        RenameWith(oldDirectory, oldName, newDirectory, newName, 2);

    /// <summary>Permission bits of an open file, setuid, setgid and sticky included; the umask plays no part.</summary>
    public static void SetMode(FileDescriptor file, uint mode) =>
        LinuxException.ThrowIfFailed(Stat.Fchmod(file.Number, mode), "fchmod", file.ProcPath);

    /// <summary>Permission bits of a name that is known not to be a symbolic link, in a directory that nobody else writes to.</summary>
    public static void SetMode(FileDescriptor directory, string name, uint mode)
    {
        RefuseNul(name);
        LinuxException.ThrowIfFailed(Stat.FchmodAt(directory.Number, name, mode, 0), "fchmodat", name);
    }

    /// <summary>Owner and group of an open file; clears setuid bits and file capabilities, so it comes before them.</summary>
    public static void SetOwner(FileDescriptor file, uint uid, uint gid) =>
        LinuxException.ThrowIfFailed(UnistdFiles.Fchown(file.Number, uid, gid), "fchown", file.ProcPath);

    /// <summary>Owner and group of a name itself, also of a symbolic link.</summary>
    public static void SetOwner(FileDescriptor directory, string name, uint uid, uint gid)
    {
        RefuseNul(name);
        LinuxException.ThrowIfFailed(UnistdFiles.FchownAt(directory.Number, name, uid, gid, Fcntl.AtSymlinkNofollow), "fchownat", name);
    }

    /// <summary>Sets the length; what is added reads as zeros and takes no room.</summary>
    public static void SetLength(FileDescriptor file, long length) =>
        LinuxException.ThrowIfFailed(UnistdFiles.Ftruncate(file.Number, length), "ftruncate", file.ProcPath);

    /// <summary>Copies the content of a file to an empty one of the same file system; what has no content takes no room there either.</summary>
    /// <exception cref="LinuxException">The kernel refused, or no room is left.</exception>
    public static void CopySparse(FileDescriptor from, FileDescriptor to)
    {
        // linux/fs.h
        const int SeekData = 3;
        const int SeekHole = 4;
        var size = Status(from).Size;
        SetLength(to, size);
        for (long at = 0; at < size;)
        {
            var start = UnistdFiles.Lseek(from.Number, at, SeekData);
            if (start < 0 && (Errno)Marshal.GetLastPInvokeError() == Errno.ENXIO)
            {
                return;
            }

            LinuxException.ThrowIfFailed(start, "lseek (data)", from.ProcPath);
            at = LinuxException.ThrowIfFailed(UnistdFiles.Lseek(from.Number, start, SeekHole), "lseek (hole)", from.ProcPath);
            CopyRange(from, start, to, start, at - start);
        }
    }

    /// <summary>Reserves room, so that a later write of these bytes cannot fail for want of it.</summary>
    public static void Reserve(FileDescriptor file, long offset, long length)
    {
        // FALLOC_FL_KEEP_SIZE (linux/falloc.h): the length keeps saying how much was written.
        int result = Fcntl.Fallocate(file.Number, 1, offset, length);
        if (result != 0 && (Errno)Marshal.GetLastPInvokeError() is var error && error != Errno.EOPNOTSUPP)
        {
            throw LinuxException.Of("fallocate", file.ProcPath, error);
        }
    }

    /// <summary>Waits until content and metadata of the file, or the names in a directory, are on the device.</summary>
    public static void Sync(FileDescriptor file) =>
        LinuxException.ThrowIfFailed(Unistd.Fsync(file.Number), "fsync", file.ProcPath);

    /// <summary>Waits until the content and what is needed to read it are on the device.</summary>
    public static void SyncContent(FileDescriptor file) =>
        LinuxException.ThrowIfFailed(UnistdFiles.Fdatasync(file.Number), "fdatasync", file.ProcPath);

    /// <summary>
    /// Waits until all of the file system that holds <paramref name="file"/> is on the device. Reports, once for each open
    /// file description, any write-back error since it was opened (syncfs(2), Linux 5.8 and later).
    /// </summary>
    public static void SyncFileSystem(FileDescriptor file) =>
        LinuxException.ThrowIfFailed(UnistdFiles.Syncfs(file.Number), "syncfs", file.ProcPath);

    /// <summary>Starts write-back of a range without waiting, so that a later sync finds little left to do.</summary>
    public static void StartWriteBack(FileDescriptor file, long offset, long length) =>

        // SYNC_FILE_RANGE_WRITE (sync_file_range(2)); only a hint here, so its failure is no failure.
        _ = Fcntl.SyncFileRange(file.Number, offset, length, 2);

    /// <summary>Tells the kernel that the range is read from start to end.</summary>
    public static void AdviseSequential(FileDescriptor file) => _ = Fcntl.PosixFadvise(file.Number, 0, 0, 2);

    /// <summary>Tells the kernel that the cached content will not be needed again.</summary>
    public static void AdviseDone(FileDescriptor file) => _ = Fcntl.PosixFadvise(file.Number, 0, 0, 4);

    /// <summary>Takes the exclusive lock of an open file without waiting (flock(2)); false where another has it.</summary>
    public static bool TryLock(FileDescriptor file)
    {
        // LOCK_EX | LOCK_NB (sys/file.h).
        if (Fcntl.Flock(file.Number, 2 | 4) == 0)
        {
            return true;
        }

        var error = (Errno)Marshal.GetLastPInvokeError();
        return error == Errno.EAGAIN ? false : throw LinuxException.Of("flock", file.ProcPath, error);
    }

    /// <summary>
    /// Takes the exclusive lock of an open file, waiting a moment: a child that its holder was just starting when it closed the file, or was
    /// killed, has the lock until the child's program begins (a lock belongs to all copies of the open file, flock(2)).
    /// </summary>
    public static bool TryLock(FileDescriptor file, TimeSpan patience)
    {
        const int RetryMilliseconds = 5;
        var deadline = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        while (!TryLock(file))
        {
            if (Environment.TickCount64 >= deadline)
            {
                return false;
            }

            Task.Delay(TimeSpan.FromMilliseconds(RetryMilliseconds), TimeProvider.System).GetAwaiter().GetResult();
        }

        return true;
    }

    /// <summary>The names in a directory that is open for reading, in the kernel's order.</summary>
    public static List<DirectoryEntry> Entries(FileDescriptor directory)
    {
        var entries = new List<DirectoryEntry>();
        LinuxException.ThrowIfFailed(UnistdFiles.Lseek(directory.Number, 0, 0), "lseek", directory.ProcPath);
        while (ReadEntries(directory, entries))
        {
        }

        return entries;
    }

    /// <summary>Gives the names in a directory that is open for reading a portion at a time: whoever filled it does not decide how much is held.</summary>
    /// <remarks>Names may be removed meanwhile; a second pass finds what the first did not see.</remarks>
    public static IEnumerable<IReadOnlyList<DirectoryEntry>> Portions(FileDescriptor directory)
    {
        LinuxException.ThrowIfFailed(UnistdFiles.Lseek(directory.Number, 0, 0), "lseek", directory.ProcPath);
        for (var entries = new List<DirectoryEntry>(); ReadEntries(directory, entries); entries = [])
        {
            yield return entries;
        }
    }

    /// <summary>A path that reaches one name of an open directory and cannot be redirected by renames above it.</summary>
    private static string OneName(FileDescriptor directory, string name) =>
        name.Contains('/', StringComparison.Ordinal) || name is "" or "." or ".."
            ? throw LinuxException.Of("path", name, Errno.EINVAL)
            : $"{directory.ProcPath}/{name}";

    private static bool Remove(FileDescriptor? directory, string name, int flags)
    {
        RefuseNul(name);
        if (UnistdFiles.UnlinkAt(DirectoryNumber(directory), name, flags) == 0)
        {
            return true;
        }

        var error = (Errno)Marshal.GetLastPInvokeError();
        return error == Errno.ENOENT ? false : throw LinuxException.Of(flags == 0 ? "unlinkat" : "unlinkat (directory)", name, error);
    }

    private static void RenameWith(FileDescriptor? oldDirectory, string oldName, FileDescriptor? newDirectory, string newName, uint flags)
    {
        RefuseNul(oldName);
        RefuseNul(newName);
        LinuxException.ThrowIfFailed(
            UnistdFiles.RenameAt2(DirectoryNumber(oldDirectory), oldName, DirectoryNumber(newDirectory), newName, flags),
            "renameat2", $"{oldName} to {newName}");
    }

    private static bool NewName(int result, string call, string name)
    {
        if (result == 0)
        {
            return true;
        }

        var error = (Errno)Marshal.GetLastPInvokeError();
        return error == Errno.EEXIST ? false : throw LinuxException.Of(call, name, error);
    }

    private static int DirectoryNumber(FileDescriptor? directory) => directory?.Number ?? Fcntl.AtFdCwd;

    private static void RefuseNul(string path)
    {
        // A C string ends at NUL: the kernel would see another name than the caller checked.
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            throw LinuxException.Of("path", path.Replace("\0", "\\0", StringComparison.Ordinal), Errno.EINVAL);
        }
    }
}
