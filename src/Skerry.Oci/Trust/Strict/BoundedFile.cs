namespace Skerry.Oci.Trust.Strict;

/// <summary>Reads files that somebody else may have written: never more of one than is wanted.</summary>
internal static class BoundedFile
{
    /// <summary>A file's first bytes: at most one more than <paramref name="maxBytes"/>, so that the excess is seen; null where there is none.</summary>
    /// <exception cref="IOException">The file is there and cannot be read.</exception>
    internal static ReadOnlyMemory<byte>? Read(string path, int maxBytes)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        using var file = File.OpenRead(path);
        var bytes = new byte[(int)Math.Min(file.Length, maxBytes) + 1];
        return bytes.AsMemory(0, file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
    }
}
