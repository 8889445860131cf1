using Skerry.Oci.Layers;
using Skerry.Oci.Manifests;

namespace Skerry.Oci.Archives;

/// <summary>Reads an image archive as a stream: an OCI layout or the output of <c>docker save</c>, plain, gzip or zstd.</summary>
/// <remarks>
/// First all blobs, each once: <c>while (reader.ReadBlob() is { } blob) store(blob.Content, blob.Complete())</c>. Then
/// <see cref="Resolve"/> says which images they make up. Where an archive is both, the layout counts. Names are only names:
/// nothing here touches a file system. Not for several threads.
/// </remarks>
public sealed class ImageArchiveReader : IDisposable
{
    private const string Format = "image archive";
    private const int MaxLinkHops = 8;

    private readonly LayerReader _tar;
    private readonly Dictionary<string, DockerArchive.Found> _blobs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _links = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _documents = new(StringComparer.Ordinal);
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private ArchiveBlob? _current;
    private bool _ended;

    /// <param name="archive">The archive from its first byte; disposed with the reader unless <paramref name="leaveOpen"/>.</param>
    /// <param name="limits">Bounds; <see cref="ArchiveLimits.Default"/> when null.</param>
    /// <param name="leaveOpen">Whether the stream outlives the reader.</param>
    public ImageArchiveReader(Stream archive, ArchiveLimits? limits = null, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(archive);
        limits ??= ArchiveLimits.Default;
        var bounds = new LayerLimits { MaxUnpackedBytes = limits.MaxBytes, MaxEntries = limits.MaxEntries, AllowTrailingBytes = true };
        _tar = new LayerReader(LayerDecompressor.Open(archive, null, bounds, leaveOpen), bounds);
    }

    /// <summary>The next blob; null at the end. A blob that was not read to its end is read and checked here.</summary>
    /// <exception cref="OciFormatException">The archive is malformed, or the blob before does not have its digest.</exception>
    public ArchiveBlob? ReadBlob()
    {
        FinishCurrent();
        while (_tar.Read() is { } entry)
        {
            if (!entry.SafePath.IsSafe)
            {
                throw Refuse(entry, entry.SafePath.Refusal!);
            }

            var name = entry.SafePath.Value;
            switch (entry.Type)
            {
                case LayerEntryType.Directory:
                    continue;
                case LayerEntryType.Symlink or LayerEntryType.HardLink:
                    // docker's old archives name a layer that is there already by a link
                    var target = entry.Type == LayerEntryType.Symlink ? ArchiveNames.Follow(name, entry.LinkTarget) : entry.HardLinkPath.IsSafe ? entry.HardLinkPath.Value : null;
                    _links[AddName(entry, name)] = target ?? throw Refuse(entry, "the link leaves the archive");
                    continue;
                case LayerEntryType.File:
                    break;
                default:
                    throw Refuse(entry, "only files, directories and links belong there");
            }

            AddName(entry, name);
            if (name is ArchiveNames.Layout or ArchiveNames.Index or ArchiveNames.DockerManifest)
            {
                _documents[name] = ReadDocument(entry);
                continue;
            }

            // version files, per-layer files and the tag list of docker's version 1 say nothing that manifest.json does not
            if (name is "repositories" || name.EndsWith("/VERSION", StringComparison.Ordinal) || name.EndsWith("/json", StringComparison.Ordinal))
            {
                continue;
            }

            return _current = new ArchiveBlob(name, ArchiveNames.ToDigest(name), entry.Size, _tar.Content);
        }

        _ended = true;
        return null;
    }

    /// <summary>The images of the archive, once <see cref="ReadBlob"/> gave null.</summary>
    /// <param name="load">Gives back the whole content of a small blob that was read before.</param>
    /// <exception cref="OciFormatException">The archive is of neither kind, holds no image, or names blobs that it does not hold.</exception>
    public IReadOnlyList<ArchivedImage> Resolve(Func<Digest, ReadOnlyMemory<byte>> load)
    {
        ArgumentNullException.ThrowIfNull(load);
        if (!_ended)
        {
            throw new InvalidOperationException("read all blobs first");
        }

        IReadOnlyList<ArchivedImage> images;
        if (_documents.TryGetValue(ArchiveNames.Layout, out var marker) && _documents.TryGetValue(ArchiveNames.Index, out var index))
        {
            CheckLayout(marker);
            images = [.. LayoutIndex.Parse(index).Images.Select(Image)];
        }
        else if (_documents.TryGetValue(ArchiveNames.DockerManifest, out var manifest))
        {
            images = DockerArchive.Resolve(manifest, Find, load);
        }
        else
        {
            throw new OciFormatException(Format, null, "neither an OCI layout (oci-layout and index.json) nor the output of docker save (manifest.json)");
        }

        return images.Count > 0 ? images : throw new OciFormatException(Format, null, "it holds no image");
    }

    /// <inheritdoc/>
    public void Dispose() => _tar.Dispose();

    private void FinishCurrent()
    {
        if (_current is { } blob)
        {
            _current = null;
            _blobs[blob.Name] = new DockerArchive.Found(blob.Complete(), blob.Size, blob.Compression);
        }
    }

    private ArchivedImage Image(Descriptor entry)
    {
        if (Find(ArchiveNames.Of(entry.Digest)) is not { } found || found.Size != entry.Size)
        {
            throw new OciFormatException(Format, null, $"index.json names {entry}, which the archive does not hold");
        }

        var (references, name) = LayoutIndex.Names(entry);
        return new ArchivedImage(references, name, entry, null);
    }

    private DockerArchive.Found? Find(string name)
    {
        for (var hop = 0; hop <= MaxLinkHops; hop++)
        {
            if (_blobs.TryGetValue(name, out var found))
            {
                return found;
            }

            if (!_links.TryGetValue(name, out var next))
            {
                return null;
            }

            name = next;
        }

        return null;
    }

    private string AddName(LayerEntry entry, string name) => _names.Add(name) ? name : throw Refuse(entry, "the name occurs twice");

    private byte[] ReadDocument(LayerEntry entry)
    {
        if (entry.Size > ManifestLimits.MaxBytes)
        {
            throw Refuse(entry, $"{entry.Size} bytes; at most {ManifestLimits.MaxBytes} are taken");
        }

        var bytes = new byte[entry.Size];
        _tar.Content.ReadExactly(bytes);
        return bytes;
    }

    private static void CheckLayout(byte[] marker)
    {
        JsonGuard.Check("oci-layout", marker, ManifestLimits.MaxBytes);
        var version = System.Text.Json.JsonDocument.Parse(marker).RootElement.TryGetProperty("imageLayoutVersion", out var v) && v.ValueKind == System.Text.Json.JsonValueKind.String ? v.GetString() : null;
        if (version?.StartsWith("1.", StringComparison.Ordinal) != true)
        {
            throw new OciFormatException("oci-layout", null, $"imageLayoutVersion is '{JsonGuard.Printable(version ?? "missing")}', not 1.0.0");
        }
    }

    private static OciFormatException Refuse(LayerEntry entry, string reason) =>
        new(Format, entry.Offset, $"{PathBytes.Printable(entry.RawPath)}: {reason}");
}
