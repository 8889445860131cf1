using Skerry.Linux.Interop;

namespace Skerry.Linux;

/// <summary>
/// A file that has no name and lives in memory (memfd_create(2)). It is sealed: nobody, its maker included, can change it, and it is
/// gone with its last descriptor.
/// </summary>
public static class MemoryFile
{
    /// <summary>Makes a file of these bytes.</summary>
    /// <exception cref="LinuxException">No memory or no descriptor is left.</exception>
    public static unsafe FileDescriptor Create(string name, ReadOnlySpan<byte> content)
    {
        var file = new FileDescriptor(LinuxException.ThrowIfFailed(
            MemoryFileCalls.MemfdCreate(name, MemoryFileCalls.MFD_CLOEXEC_ALLOW_SEALING), "memfd_create", name));
        fixed (byte* start = content)
        {
            for (long done = 0; done < content.Length;)
            {
                done += LinuxException.ThrowIfFailed((long)Unistd.Write(file.Number, start + done, (nuint)(content.Length - done)), "write", name);
            }
        }

        Seal(file);
        return file;
    }

    /// <summary>
    /// Makes a sealed file with the content of another. Pages of nothing but zeros take no room.
    /// </summary>
    /// <exception cref="LinuxException">No memory or no descriptor is left.</exception>
    public static FileDescriptor CopyOf(string name, FileDescriptor source)
    {
        const int Page = 4096;
        var made = CreateEmpty(name);
        try
        {
            using (var reader = new FileStream(source.ProcPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0))
            using (var writer = new FileStream(made.ProcPath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0))
            {
                writer.SetLength(reader.Length);
                var buffer = new byte[256 * Page];
                int count;
                while ((count = reader.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)) > 0)
                {
                    var start = reader.Position - count;
                    for (var at = 0; at < count; at += Page)
                    {
                        var page = buffer.AsSpan(at, Math.Min(Page, count - at));
                        if (page.ContainsAnyExcept((byte)0))
                        {
                            writer.Position = start + at;
                            writer.Write(page);
                        }
                    }
                }
            }

            Seal(made);
            return made;
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    private static void Seal(FileDescriptor file) =>
        LinuxException.ThrowIfFailed(SpawnCalls.Fcntl(file.Number, MemoryFileCalls.F_ADD_SEALS, MemoryFileCalls.AllSeals), "fcntl", "F_ADD_SEALS");

    /// <summary>An empty file for another program to write to; <see cref="Content"/> reads it.</summary>
    public static FileDescriptor CreateEmpty(string name) => new(LinuxException.ThrowIfFailed(
        MemoryFileCalls.MemfdCreate(name, MemoryFileCalls.MFD_CLOEXEC_ALLOW_SEALING), "memfd_create", name));

    /// <summary>All that is in it, wherever its writers are.</summary>
    public static byte[] Content(FileDescriptor file)
    {
        ArgumentNullException.ThrowIfNull(file);
        using var reader = new FileStream(file.ProcPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0);
        var bytes = new byte[reader.Length];
        reader.ReadExactly(bytes);
        return bytes;
    }
}
