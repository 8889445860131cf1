namespace Skerry.Cli.Commands;

/// <summary>Reads what a command line names, whatever that leads to: never more than is wanted of a device without an end, and pipes as files.</summary>
internal static class GivenFile
{
    /// <summary>A file from its first byte to its last.</summary>
    /// <param name="path">As it was given.</param>
    /// <param name="most">Bytes that it may have.</param>
    /// <exception cref="CliFailure">It cannot be read, or has more.</exception>
    internal static byte[] Read(string path, int most)
    {
        try
        {
            var bytes = FirstBytes(path, most + 1);
            return bytes.Length <= most ? bytes : throw new CliFailure($"{path}: more than {most} bytes", "see that it is the right file");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure(error.Message, $"see that {path} is there and can be read");
        }
    }

    /// <summary>The first bytes of a file: at most <paramref name="most"/>.</summary>
    /// <exception cref="IOException">It is not there, or is no file.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    internal static byte[] FirstBytes(string path, int most)
    {
        if (Directory.Exists(path))
        {
            throw new IOException($"'{path}' is a directory, where a file is wanted.");
        }

        using var file = File.OpenRead(path);
        var bytes = new MemoryStream();
        var buffer = new byte[64 << 10];
        int read;
        while (bytes.Length < most && (read = file.Read(buffer, 0, (int)Math.Min(buffer.Length, most - bytes.Length))) > 0)
        {
            bytes.Write(buffer, 0, read);
        }

        return bytes.ToArray();
    }
}
