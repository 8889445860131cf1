namespace Skerry.Oci.Archives;

/// <summary>An image that an archive holds.</summary>
/// <param name="References">Its full names; may be none.</param>
/// <param name="RefName">What the archive calls it when that is no full name, a tag for example; null otherwise.</param>
/// <param name="Manifest">Its manifest or index.</param>
/// <param name="NewManifest">The bytes of a manifest that was made here, because a docker-archive has none: to be stored as a blob; null otherwise.</param>
public sealed record ArchivedImage(IReadOnlyList<ImageReference> References, string? RefName, Descriptor Manifest, ReadOnlyMemory<byte>? NewManifest);
