using Skerry.Oci.Manifests;

namespace Skerry.Node.Isolation;

/// <summary>What a tier is told of an image. All that it says is a stranger's word.</summary>
internal sealed record TierImage
{
    /// <summary>Digest of the manifest.</summary>
    public required string ManifestDigest { get; init; }

    /// <summary>Layer directories, absolute, bottom first.</summary>
    public required IReadOnlyList<string> Layers { get; init; }

    /// <summary>What the image says of its process.</summary>
    public required ImageProcess Process { get; init; }
}
