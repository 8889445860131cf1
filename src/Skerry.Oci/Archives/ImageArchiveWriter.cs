using Skerry.Oci.Layers;
using Skerry.Oci.Manifests;

namespace Skerry.Oci.Archives;

/// <summary>Kinds of image archive.</summary>
public enum ArchiveFormat
{
    /// <summary>OCI image layout in a tar (podman and skopeo call it oci-archive).</summary>
    OciArchive,

    /// <summary>The same with a <c>manifest.json</c>, so that <c>docker load</c> and all that read its format take it.</summary>
    DockerArchive,
}

/// <summary>An image to export.</summary>
/// <param name="Manifest">Its manifest or index.</param>
/// <param name="References">The names it gets in the archive.</param>
public sealed record ArchiveImage(Descriptor Manifest, IReadOnlyList<ImageReference> References);

/// <summary>Writes images to an archive; the same images give the same bytes.</summary>
public static class ImageArchiveWriter
{
    private const string Format = "image archive";

    /// <summary>Writes all images and the blobs they need, each blob once.</summary>
    /// <param name="target">Where the tar goes; written forward only, left open.</param>
    /// <param name="format">Which kind.</param>
    /// <param name="images">What to write.</param>
    /// <param name="open">Opens a blob; null when it is not there. Only platforms of an index may be missing.</param>
    /// <exception cref="OciFormatException">A blob is missing or does not have its digest and size: the archive is then unusable.</exception>
    public static void Write(Stream target, ArchiveFormat format, IReadOnlyList<ArchiveImage> images, Func<Descriptor, Stream?> open)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(open);

        // 1. read all manifests, which says what the archive will hold
        var small = new Dictionary<Digest, byte[]>();
        var large = new Dictionary<Digest, Descriptor>();
        var docker = new List<(ImageManifest, IReadOnlyList<ImageReference>)>();
        foreach (var image in images)
        {
            Collect(image.Manifest, image.References, small, large, docker, open, isOptional: false, depth: 0);
        }

        // 2. the documents, so that a reader knows early what it reads
        using var tar = new LayerWriter(target, leaveOpen: true);
        tar.Write(new NewEntry(ArchiveNames.Layout, LayerEntryType.File), LayoutIndex.Marker.Span);
        var entries = images.SelectMany(i => i.References.Count == 0 ? [LayoutIndex.Entry(i.Manifest, null)] : i.References.Select(r => LayoutIndex.Entry(i.Manifest, r)));
        tar.Write(new NewEntry(ArchiveNames.Index, LayerEntryType.File), new LayoutIndex([.. entries]).ToJson());
        if (format == ArchiveFormat.DockerArchive)
        {
            tar.Write(new NewEntry(ArchiveNames.DockerManifest, LayerEntryType.File), DockerArchive.Write(docker));
        }

        // 3. the blobs, in the order of their names
        tar.Write(new NewEntry("blobs", LayerEntryType.Directory));
        string? directory = null;
        foreach (var digest in small.Keys.Concat(large.Keys.Where(d => !small.ContainsKey(d))).OrderBy(d => d.ToString(), StringComparer.Ordinal))
        {
            if (directory != digest.Algorithm)
            {
                directory = digest.Algorithm;
                tar.Write(new NewEntry($"blobs/{directory}", LayerEntryType.Directory));
            }

            var entry = new NewEntry(ArchiveNames.Of(digest), LayerEntryType.File);
            if (small.TryGetValue(digest, out var bytes))
            {
                tar.Write(entry, bytes);
            }
            else
            {
                WriteBlob(tar, entry, large[digest], open);
            }
        }
    }

    private static void Collect(Descriptor descriptor, IReadOnlyList<ImageReference> references, Dictionary<Digest, byte[]> small, Dictionary<Digest, Descriptor> large,
        List<(ImageManifest, IReadOnlyList<ImageReference>)> docker, Func<Descriptor, Stream?> open, bool isOptional, int depth)
    {
        if (depth > 4)
        {
            throw new OciFormatException(Format, null, "indexes in indexes, deeper than 4");
        }

        using var stream = open(descriptor);
        if (stream is null)
        {
            _ = isOptional ? true : throw Missing(descriptor);
            return;
        }

        if (descriptor.Size > ManifestLimits.MaxBytes)
        {
            throw new OciFormatException(Format, null, $"the manifest {descriptor} is larger than {ManifestLimits.MaxBytes} bytes");
        }

        var bytes = new byte[descriptor.Size];
        var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (length != bytes.Length || Digest.Of(bytes, descriptor.Digest) != descriptor.Digest)
        {
            throw Corrupt(descriptor);
        }

        small[descriptor.Digest] = bytes;
        switch (ManifestParser.Parse(bytes, descriptor.MediaType))
        {
            case ImageManifest manifest:
                docker.Add((manifest, references));
                large[manifest.Config.Digest] = manifest.Config;
                foreach (var layer in manifest.Layers)
                {
                    large[layer.Digest] = layer;
                }

                break;
            case ImageIndex index:
                // docker's manifest.json knows no indexes: the names go to the first platform that is there
                var names = references;
                foreach (var child in index.Manifests)
                {
                    var before = docker.Count;
                    Collect(child, names, small, large, docker, open, isOptional: true, depth + 1);
                    names = docker.Count > before ? [] : names;
                }

                break;
        }
    }

    private static void WriteBlob(LayerWriter tar, NewEntry entry, Descriptor blob, Func<Descriptor, Stream?> open)
    {
        using var stream = open(blob) ?? throw Missing(blob);
        var hashing = new HashingStream(stream, blob.Digest.CreateHash());
        try
        {
            tar.Write(entry, hashing, blob.Size);
        }
        catch (EndOfStreamException)
        {
            throw Corrupt(blob);
        }

        if (Digest.OfHash(blob.Digest.Algorithm, hashing.Finish()) != blob.Digest || stream.ReadByte() >= 0)
        {
            throw Corrupt(blob);
        }
    }

    private static OciFormatException Missing(Descriptor blob) => new(Format, null, $"the blob {blob} is not in the store");

    private static OciFormatException Corrupt(Descriptor blob) => new(Format, null, $"the stored blob {blob} does not have this digest and size: scrub the image");
}
