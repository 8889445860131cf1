using Skerry.Oci.Manifests;

namespace Skerry.Oci.Distribution;

/// <summary>A manifest as the registry sent it, checked against its digest and parsed.</summary>
/// <param name="Bytes">The document, byte for byte.</param>
/// <param name="MediaType">Its media type.</param>
/// <param name="Digest">Computed over <paramref name="Bytes"/>; equal to the reference's when that has one.</param>
/// <param name="Manifest">The parsed document.</param>
/// <param name="Endpoint">The host it came from.</param>
public sealed record FetchedManifest(ReadOnlyMemory<byte> Bytes, string MediaType, Digest Digest, ParsedManifest Manifest, string Endpoint)
{
    /// <summary>What points to it.</summary>
    public Descriptor Descriptor => new(MediaType, Digest, Bytes.Length);
}
