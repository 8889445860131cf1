namespace Skerry.Oci.Trust.ContentTrust;

/// <summary>Metadata in a directory, laid out as a trust server serves it below <c>GUN/_trust/tuf/</c>.</summary>
public sealed class MirrorDirectory(string directory) : IContentTrustSource
{
    /// <inheritdoc />
    /// <exception cref="IOException">The file is there and cannot be read.</exception>
    public ReadOnlyMemory<byte>? Read(string name, int maxBytes)
    {
        RoleName.Check(name);
        var path = Path.Combine(directory, name + ".json");
        if (!File.Exists(path))
        {
            return null;
        }

        using var file = File.OpenRead(path);
        var bytes = new byte[(int)Math.Min(file.Length, maxBytes) + 1];
        var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return bytes.AsMemory(0, length);
    }
}
