using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.ContentTrust;

/// <summary>Metadata in a directory, laid out as a trust server serves it below <c>GUN/_trust/tuf/</c>.</summary>
public sealed class MirrorDirectory(string directory) : IContentTrustSource
{
    /// <inheritdoc />
    /// <exception cref="IOException">The file is there and cannot be read.</exception>
    public ReadOnlyMemory<byte>? Read(string name, int maxBytes)
    {
        RoleName.Check(name);
        return BoundedFile.Read(Path.Combine(directory, name + ".json"), maxBytes);
    }
}
