namespace Skerry.Oci;

/// <summary>What points to a blob: its type, digest and size (OCI image-spec v1.1 descriptor.md).</summary>
/// <remarks>Size is bytes, never negative. A blob is what its descriptor says only after both digest and size were checked.</remarks>
public sealed record Descriptor(string MediaType, Digest Digest, long Size)
{
    private static readonly Dictionary<string, string> None = [];

    /// <summary>The platform of an entry of an index; null when it says none.</summary>
    public Platform? Platform { get; init; }

    /// <summary>Annotations; never null.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = None;

    /// <summary>What kind of artifact it is; null for images.</summary>
    public string? ArtifactType { get; init; }

    /// <summary>Other places to fetch it from: kept for display, never followed.</summary>
    public IReadOnlyList<string> Urls { get; init; } = [];

    /// <summary><c>digest (size bytes, media type)</c>.</summary>
    public override string ToString() => $"{Digest} ({Size} bytes, {MediaType})";
}
