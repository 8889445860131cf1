using System.Runtime.InteropServices;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Files;

/// <content>The calls that hand buffers to the kernel.</content>
public static partial class FileCalls
{
    /// <summary>The text of a symbolic link; null where the name is none or does not exist.</summary>
    public static string? ReadSymlink(FileDescriptor? directory, string name)
    {
        var (text, error) = TryReadSymlink(directory, name);
        return error is Errno.None or Errno.EINVAL or Errno.ENOENT or Errno.ENOTDIR ? text : throw LinuxException.Of("readlinkat", name, error);
    }

    /// <summary>The text of a symbolic link, with the error as a value: EINVAL where the name is there and is none.</summary>
    public static unsafe (string? Text, Errno Error) TryReadSymlink(FileDescriptor? directory, string name)
    {
        RefuseNul(name);

        // PATH_MAX (linux/limits.h) bounds the text of a link.
        byte* buffer = stackalloc byte[4096];
        nint length = UnistdFiles.ReadlinkAt(DirectoryNumber(directory), name, buffer, 4096);
        return length >= 0 ? (FileText.Decode(new ReadOnlySpan<byte>(buffer, (int)length)), Errno.None) : (null, (Errno)Marshal.GetLastPInvokeError());
    }

    /// <summary>statx(2) of a name, not following a link there; null where it does not exist.</summary>
    public static unsafe FileStatus? Status(FileDescriptor? directory, string name)
    {
        RefuseNul(name);
        Stat.Statx raw;
        if (Stat.StatxAt(DirectoryNumber(directory), name, Fcntl.AtSymlinkNofollow, Stat.StatxWanted, &raw) == 0)
        {
            return Of(raw);
        }

        var error = (Errno)Marshal.GetLastPInvokeError();
        return error is Errno.ENOENT or Errno.ENOTDIR ? null : throw LinuxException.Of("statx", name, error);
    }

    /// <summary>statx(2) of an open file.</summary>
    public static unsafe FileStatus Status(FileDescriptor file)
    {
        Stat.Statx raw;
        LinuxException.ThrowIfFailed(Stat.StatxAt(file.Number, "", Fcntl.AtEmptyPath, Stat.StatxWanted, &raw), "statx", file.ProcPath);
        return Of(raw);
    }

    private static FileStatus Of(in Stat.Statx raw) => new(
        (FileKind)(raw.Mode & 0xf000),
        raw.Mode & 0xfffu,
        raw.Uid,
        raw.Gid,
        (long)raw.Size,
        (long)raw.Blocks,
        raw.LinkCount,
        raw.Inode,
        (raw.RdevMajor, raw.RdevMinor),
        (raw.DevMajor, raw.DevMinor),
        raw.MountId,
        raw.ModifyTime.Seconds,
        raw.ModifyTime.Nanoseconds,
        raw.ChangeTime.Seconds,
        raw.ChangeTime.Nanoseconds);

    /// <summary>Sets the modification time and leaves the access time alone.</summary>
    public static unsafe void SetModified(FileDescriptor file, long seconds, uint nanoseconds)
    {
        var times = stackalloc Stat.Timespec[2];
        times[0].Nanoseconds = Stat.UtimeOmit;
        times[1] = new Stat.Timespec { Seconds = seconds, Nanoseconds = nanoseconds };
        LinuxException.ThrowIfFailed(Stat.Futimens(file.Number, times), "futimens", file.ProcPath);
    }

    /// <summary>Sets the modification time of a name itself, also of a symbolic link.</summary>
    public static unsafe void SetModified(FileDescriptor directory, string name, long seconds, uint nanoseconds)
    {
        RefuseNul(name);
        var times = stackalloc Stat.Timespec[2];
        times[0].Nanoseconds = Stat.UtimeOmit;
        times[1] = new Stat.Timespec { Seconds = seconds, Nanoseconds = nanoseconds };
        LinuxException.ThrowIfFailed(Stat.UtimensAt(directory.Number, name, times, Fcntl.AtSymlinkNofollow), "utimensat", name);
    }

    /// <summary>Writes all of <paramref name="data"/> at <paramref name="offset"/>.</summary>
    public static unsafe void Write(FileDescriptor file, ReadOnlySpan<byte> data, long offset, string subject)
    {
        fixed (byte* start = data)
        {
            int done = 0;
            while (done < data.Length)
            {
                nint n = UnistdFiles.Pwrite(file.Number, start + done, (nuint)(data.Length - done), offset + done);
                if (n < 0)
                {
                    var error = (Errno)Marshal.GetLastPInvokeError();
                    if (error == Errno.EINTR)
                    {
                        continue;
                    }

                    throw LinuxException.Of("pwrite", subject, error);
                }

                done += (int)n;
            }
        }
    }

    /// <summary>Reads what is there at <paramref name="offset"/>; 0 at the end of the file.</summary>
    public static unsafe int Read(FileDescriptor file, Span<byte> buffer, long offset, string subject)
    {
        fixed (byte* start = buffer)
        {
            while (true)
            {
                nint n = UnistdFiles.Pread(file.Number, start, (nuint)buffer.Length, offset);
                if (n >= 0)
                {
                    return (int)n;
                }

                var error = (Errno)Marshal.GetLastPInvokeError();
                if (error != Errno.EINTR)
                {
                    throw LinuxException.Of("pread", subject, error);
                }
            }
        }
    }

    /// <summary>Copies <paramref name="length"/> bytes inside the kernel, sharing extents where the file system can.</summary>
    /// <returns>Bytes copied; less than asked at the end of the source.</returns>
    public static unsafe long CopyRange(FileDescriptor from, long fromOffset, FileDescriptor to, long toOffset, long length)
    {
        long done = 0;
        while (done < length)
        {
            long source = fromOffset + done;
            long target = toOffset + done;
            nint n = UnistdFiles.CopyFileRange(from.Number, &source, to.Number, &target, (nuint)(length - done), 0);
            if (n < 0)
            {
                var error = (Errno)Marshal.GetLastPInvokeError();
                if (error == Errno.EINTR)
                {
                    continue;
                }

                throw LinuxException.Of("copy_file_range", from.ProcPath, error);
            }

            if (n == 0)
            {
                break;
            }

            done += n;
        }

        return done;
    }

    /// <summary>Room on the file system that holds an open file.</summary>
    public static unsafe FileSystemRoom Room(FileDescriptor file)
    {
        Statfs.StatfsBuffer raw;
        LinuxException.ThrowIfFailed(Statfs.Fstatfs(file.Number, &raw), "fstatfs", file.ProcPath);
        long unit = raw.FragmentSize > 0 ? raw.FragmentSize : raw.BlockSize;
        return new FileSystemRoom((long)raw.Blocks * unit, (long)raw.BlocksAvailable * unit, (long)raw.Inodes, (long)raw.InodesFree, raw.Type);
    }

    /// <summary>Sets an extended attribute of an open file.</summary>
    public static unsafe void SetXattr(FileDescriptor file, string name, ReadOnlySpan<byte> value)
    {
        RefuseNul(name);
        fixed (byte* start = value)
        {
            LinuxException.ThrowIfFailed(Xattr.Fsetxattr(file.Number, name, start, (nuint)value.Length, 0), "fsetxattr", name);
        }
    }

    /// <summary>Sets an extended attribute of a name itself, also of a symbolic link (through /proc/self/fd).</summary>
    public static unsafe void SetXattr(FileDescriptor directory, string name, string attribute, ReadOnlySpan<byte> value)
    {
        RefuseNul(name);
        RefuseNul(attribute);
        string path = OneName(directory, name);
        fixed (byte* start = value)
        {
            LinuxException.ThrowIfFailed(Xattr.Lsetxattr(path, attribute, start, (nuint)value.Length, 0), "lsetxattr", $"{name} {attribute}");
        }
    }

    /// <summary>An extended attribute of a name itself, or null where it has none of that name.</summary>
    public static unsafe byte[]? GetXattr(FileDescriptor directory, string name, string attribute)
    {
        RefuseNul(name);
        RefuseNul(attribute);
        string path = OneName(directory, name);
        while (true)
        {
            nint size = Xattr.Lgetxattr(path, attribute, null, 0);
            if (size >= 0)
            {
                var value = new byte[size];
                fixed (byte* start = value)
                {
                    size = Xattr.Lgetxattr(path, attribute, start, (nuint)value.Length);
                }

                if (size >= 0)
                {
                    return size == value.Length ? value : value[..(int)size];
                }
            }

            var error = (Errno)Marshal.GetLastPInvokeError();
            if (error is Errno.ENODATA or Errno.ENOENT or Errno.EOPNOTSUPP)
            {
                return null;
            }

            // ERANGE: the value grew between the two calls.
            if (error != Errno.ERANGE)
            {
                throw LinuxException.Of("lgetxattr", $"{name} {attribute}", error);
            }
        }
    }

    /// <summary>The names of the extended attributes of a name itself.</summary>
    public static unsafe IReadOnlyList<string> ListXattrs(FileDescriptor directory, string name)
    {
        RefuseNul(name);
        string path = OneName(directory, name);
        while (true)
        {
            nint size = Xattr.Llistxattr(path, null, 0);
            if (size == 0)
            {
                return [];
            }

            if (size > 0)
            {
                var list = new byte[size];
                fixed (byte* start = list)
                {
                    size = Xattr.Llistxattr(path, start, (nuint)list.Length);
                }

                if (size >= 0)
                {
                    return System.Text.Encoding.UTF8.GetString(list, 0, (int)size).Split('\0', StringSplitOptions.RemoveEmptyEntries);
                }
            }

            var error = (Errno)Marshal.GetLastPInvokeError();
            if (error is Errno.EOPNOTSUPP)
            {
                return [];
            }

            if (error != Errno.ERANGE)
            {
                throw LinuxException.Of("llistxattr", name, error);
            }
        }
    }

    /// <summary>Reads one buffer of directory entries and appends them to <paramref name="into"/>; false at the end.</summary>
    private static unsafe bool ReadEntries(FileDescriptor directory, List<DirectoryEntry> into)
    {
        const int size = 32 * 1024;
        byte* buffer = stackalloc byte[size];
        long length = LinuxException.ThrowIfFailed((long)UnistdFiles.Getdents64(directory.Number, buffer, size), "getdents64", directory.ProcPath);
        for (long at = 0; at < length;)
        {
            // struct linux_dirent64: u64 d_ino; s64 d_off; u16 d_reclen; u8 d_type; char d_name[] (getdents(2)).
            ushort recordLength = *(ushort*)(buffer + at + 16);
            byte type = buffer[at + 18];
            var raw = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(buffer + at + 19);
            if (!raw.SequenceEqual("."u8) && !raw.SequenceEqual(".."u8))
            {
                // DT_* is S_IFMT shifted right by 12 (IFTODT of dirent.h); 0 where the file system does not say.
                into.Add(new DirectoryEntry(FileText.Decode(raw), (FileKind)(type << 12)));
            }

            at += recordLength;
        }

        return length > 0;
    }
}
