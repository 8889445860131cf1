namespace Skerry.Node.Images.Trust;

/// <summary>A manifest of signatures that is kept with an image, in the image's record.</summary>
/// <param name="Manifest">Its digest.</param>
/// <param name="Place">Where it was found, in words.</param>
/// <param name="IsWhole">Whether its configuration is kept too, so that it can be handed on.</param>
/// <param name="Blobs">Digests of all that belongs to it.</param>
internal sealed record ImageSignatureWire(string Manifest, string MediaType, long Size, string Place, bool IsWhole, IReadOnlyList<string> Blobs);
