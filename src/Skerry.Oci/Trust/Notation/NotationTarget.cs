namespace Skerry.Oci.Trust.Notation;

/// <summary>What a Notation signature must be of.</summary>
/// <param name="Manifest">The image's manifest: media type, digest and size must all be signed.</param>
/// <param name="Repository">Where the image is (<c>host/path</c>): chooses the trust policy.</param>
public sealed record NotationTarget(Descriptor Manifest, string Repository)
{
    /// <summary>User metadata that must have been signed.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}
