using Skerry.Oci.Manifests;
using Skerry.Oci.Trust.Notation;
using Skerry.Oci.Trust.Sigstore;

namespace Skerry.Oci.Distribution;

/// <summary>A manifest of signatures or attestations, with its blobs. Nothing of it is verified but digests.</summary>
/// <param name="Place">Where it was found, in words: a tag, or the digest of a referrer.</param>
/// <param name="Descriptor">What points to it.</param>
/// <param name="Bytes">The manifest.</param>
/// <param name="Config">Its configuration; null when that was not to be had, and then it cannot be handed on whole.</param>
/// <param name="Layers">The layers that hold signatures.</param>
public sealed record SignatureManifest(
    string Place, Descriptor Descriptor, ReadOnlyMemory<byte> Bytes, ReadOnlyMemory<byte>? Config, IReadOnlyList<(Descriptor Layer, ReadOnlyMemory<byte> Blob)> Layers)
{
    private static readonly string[] Types =
    [
        "application/vnd.dev.sigstore.bundle.v0.3+json",
        "application/vnd.dev.sigstore.bundle+json;version=0.1",
        "application/vnd.dev.sigstore.bundle+json;version=0.2",
        "application/vnd.dev.sigstore.bundle+json;version=0.3",
        CosignLayer.SimpleSigning,
        CosignLayer.Envelope,
        JwsReader.MediaType,
        CoseReader.MediaType,
    ];

    /// <summary>The configuration of artifacts that have none (OCI image-spec manifest.md, "Guidance for an Empty Descriptor").</summary>
    public static ReadOnlyMemory<byte> Empty { get; } = "{}"u8.ToArray();

    /// <summary>Digest of <see cref="Empty"/>.</summary>
    public static Digest EmptyDigest { get; } = Digest.OfSha256(Empty.Span);

    /// <summary>Its layers, for verifiers.</summary>
    public IEnumerable<FoundSignature> Signatures => Layers.Select(l => new FoundSignature(Place, l.Layer, l.Blob));

    /// <summary>Whether a layer of this media type is a signature or an attestation of a kind that is understood.</summary>
    public static bool IsSignature(string mediaType) => Types.Contains(mediaType, StringComparer.Ordinal);

    /// <summary>Whether a manifest holds signatures, whatever its name or annotations say.</summary>
    public static bool HoldsSignatures(ImageManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        return manifest.Layers.Any(static l => IsSignature(l.MediaType));
    }
}
