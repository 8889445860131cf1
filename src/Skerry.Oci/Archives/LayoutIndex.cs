using Skerry.Oci.Manifests;

namespace Skerry.Oci.Archives;

/// <summary>The entry point of an OCI image layout: <c>oci-layout</c> and <c>index.json</c>, without any directory (OCI image-layout.md).</summary>
/// <param name="Images">Manifests and indexes in the order of the document; names are in their annotations.</param>
public sealed record LayoutIndex(IReadOnlyList<Descriptor> Images)
{
    /// <summary>Content of the file <c>oci-layout</c>.</summary>
    public static ReadOnlyMemory<byte> Marker { get; } = """{"imageLayoutVersion":"1.0.0"}"""u8.ToArray();

    /// <summary>Annotation with a full name, as containerd and docker write it.</summary>
    public const string FullNameAnnotation = "io.containerd.image.name";

    /// <summary>Annotation with a name or tag (OCI annotations.md).</summary>
    public const string RefNameAnnotation = "org.opencontainers.image.ref.name";

    /// <summary>Reads <c>index.json</c>.</summary>
    /// <exception cref="OciFormatException">Malformed, or not an index.</exception>
    public static LayoutIndex Parse(ReadOnlyMemory<byte> indexJson) =>
        ManifestParser.Parse(indexJson, null) is ImageIndex index
            ? new LayoutIndex(index.Manifests)
            : throw new OciFormatException("image archive", null, "index.json is a manifest, not an index");

    /// <summary>Writes <c>index.json</c>.</summary>
    public byte[] ToJson() => ManifestWriter.Index(Images);

    /// <summary>The entry of a manifest under a name; with none it has no annotations.</summary>
    public static Descriptor Entry(Descriptor manifest, ImageReference? reference)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        var annotations = new Dictionary<string, string>();
        if (reference is not null)
        {
            annotations[FullNameAnnotation] = reference.ToString();
            annotations[RefNameAnnotation] = reference.Tag ?? reference.ToString();
        }

        return new Descriptor(manifest.MediaType, manifest.Digest, manifest.Size) { Annotations = annotations, Platform = manifest.Platform };
    }

    /// <summary>The full names an entry carries, and what it is called otherwise.</summary>
    internal static (IReadOnlyList<ImageReference> References, string? RefName) Names(Descriptor entry)
    {
        var full = entry.Annotations.GetValueOrDefault(FullNameAnnotation);
        if (ImageReference.TryParse(full, out var reference))
        {
            return ([reference], null);
        }

        // "latest" alone would parse as an image of that name
        var name = entry.Annotations.GetValueOrDefault(RefNameAnnotation);
        return name is not null && name.AsSpan().IndexOfAny(":/") >= 0 && ImageReference.TryParse(name, out var named) ? ([named], null) : ([], name);
    }
}
