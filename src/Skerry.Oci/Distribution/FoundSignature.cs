namespace Skerry.Oci.Distribution;

/// <summary>A layer that may hold a signature of an image, or an attestation about it: nothing of it is verified but its digest.</summary>
/// <param name="Place">Where it was found, in words: a tag, or the digest of a referrer.</param>
/// <param name="Layer">Its descriptor; the media type says which verifier is for it.</param>
/// <param name="Blob">Its bytes.</param>
public sealed record FoundSignature(string Place, Descriptor Layer, ReadOnlyMemory<byte> Blob);
