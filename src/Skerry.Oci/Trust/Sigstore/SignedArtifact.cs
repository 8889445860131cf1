namespace Skerry.Oci.Trust.Sigstore;

/// <summary>What a signature must be of.</summary>
/// <param name="Digest">Its digest; for an image, of the manifest.</param>
/// <param name="Content">Its bytes; empty when they are not at hand, and then signatures that need them are refused.</param>
public sealed record SignedArtifact(Digest Digest, ReadOnlyMemory<byte> Content = default)
{
    /// <summary>An artifact of which the bytes are at hand.</summary>
    public static SignedArtifact Of(ReadOnlyMemory<byte> content) => new(Digest.OfSha256(content.Span), content);
}
