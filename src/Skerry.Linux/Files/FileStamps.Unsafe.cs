using Skerry.Linux.Interop;

namespace Skerry.Linux.Files;

/// <summary>Looks at many files at once, without a string or an object each.</summary>
public static class FileStamps
{
    /// <summary>Looks at files, links not followed. One that is not there gets a stamp of zeros.</summary>
    /// <param name="root">The directory that the paths are below. Directories on the way must be among the files: their stamps say that nobody exchanged them.</param>
    /// <param name="paths">The paths, each ended by a byte 0.</param>
    /// <param name="starts">Where each begins.</param>
    /// <param name="stamps">What is found of each.</param>
    public static unsafe void Read(FileDescriptor root, ReadOnlySpan<byte> paths, ReadOnlySpan<int> starts, Span<FileStamp> stamps)
    {
        Stat.Statx raw;
        fixed (byte* first = paths)
        {
            for (var i = 0; i < starts.Length; i++)
            {
                if (paths[starts[i]..].IndexOf((byte)0) < 0)
                {
                    throw new ArgumentException("a path without an end", nameof(paths));
                }

                stamps[i] = Stat.StatxRaw(root.Number, first + starts[i], Fcntl.AtSymlinkNofollow, Stat.StatxWanted, &raw) == 0
                    ? new FileStamp(raw.Inode, (long)raw.Size, raw.ChangeTime.Seconds, raw.ChangeTime.Nanoseconds, raw.Mode)
                    : default;
            }
        }
    }
}
