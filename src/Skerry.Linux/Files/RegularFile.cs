namespace Skerry.Linux.Files;

/// <summary>
/// Reads files that a user names. Regular ones, and /dev/null and its like: who opens a FIFO waits for whoever writes it, perhaps for ever, and what a
/// device does when it is read only its driver knows.
/// </summary>
public static class RegularFile
{
    private const uint MemoryDevices = 1; // null, zero, random (Documentation/admin-guide/devices.txt)

    /// <summary>A file from its first byte to its last.</summary>
    /// <param name="path">Symbolic links are followed.</param>
    /// <param name="most">Bytes that it may have.</param>
    /// <exception cref="IOException">It cannot be opened or read, is no regular file, or has more. Only the first is a <see cref="LinuxException"/>.</exception>
    public static byte[] Read(string path, int most)
    {
        using var file = FileCalls.Open(null, path, OpenFlags.Read | OpenFlags.NonBlock);
        if (FileCalls.Status(file) is var status && status.Kind != FileKind.Regular && !(status.Kind == FileKind.CharacterDevice && status.RawDevice.Major == MemoryDevices))
        {
            throw new IOException($"it is a {Word(status.Kind)}, where a file is wanted");
        }

        // What it is said to be long may change while it is read, and files of the kernel say nothing.
        var bytes = new byte[Math.Min(status.Size, most) + 1];
        var got = 0;
        while (FileCalls.Read(file, bytes.AsSpan(got), got, path) is var n and > 0)
        {
            got += n;
            if (got > most)
            {
                throw new IOException($"more than {most} bytes");
            }

            if (got == bytes.Length)
            {
                Array.Resize(ref bytes, (int)Math.Min(bytes.Length * 2L, most + 1L));
            }
        }

        return bytes[..got];
    }

    private static string Word(FileKind kind) => kind switch
    {
        FileKind.Directory => "directory",
        FileKind.Fifo => "FIFO",
        FileKind.Socket => "socket",
        FileKind.BlockDevice or FileKind.CharacterDevice => "device",
        _ => "thing of no known kind",
    };
}
