using System.IO.Compression;
using System.Security.Cryptography;
using Skerry.Oci.Layers;
using Skerry.Oci.Manifests;
using ZstdSharp;

namespace Skerry.Oci.Archives;

/// <summary>Makes an image from entries, tars or directories; the same input gives the same digests.</summary>
/// <remarks>Layers are kept in memory, or as files in the directory that was passed in, which go with <see cref="Dispose"/>.</remarks>
public sealed class ImageBuilder : IDisposable
{
    private readonly string? _scratch;
    private readonly List<BuiltBlob> _layers = [];
    private readonly List<Digest> _diffIds = [];
    private readonly List<ImageHistory> _history = [];

    /// <param name="scratchDirectory">An existing directory for finished layers; null keeps them in memory.</param>
    public ImageBuilder(string? scratchDirectory = null) => _scratch = scratchDirectory;

    /// <summary>What the image is made for.</summary>
    public Platform Platform { get; set; } = Platform.Current;

    /// <summary>How its process starts.</summary>
    public ImageProcess Process { get; set; } = new();

    /// <summary>When it was made; null leaves it out, so that digests repeat.</summary>
    public DateTimeOffset? Created { get; set; }

    /// <summary>Adds a layer that <paramref name="write"/> writes.</summary>
    public ImageBuilder AddLayer(Action<LayerWriter> write, LayerCompression compression = LayerCompression.Gzip, string? createdBy = null)
    {
        ArgumentNullException.ThrowIfNull(write);
        var (blob, path) = NewBlob();
        var (digest, diffId) = (IncrementalHash.CreateHash(HashAlgorithmName.SHA256), IncrementalHash.CreateHash(HashAlgorithmName.SHA256));
        long size;
        using (digest)
        using (diffId)
        {
            using var packed = new HashingWriter(blob, digest);
            using (Stream pack = compression switch
            {
                LayerCompression.Gzip => new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true),
                LayerCompression.Zstd => new CompressionStream(packed, leaveOpen: true),
                _ => new HashingWriter(packed, null),
            })
            using (var tar = new LayerWriter(new BufferedStream(new HashingWriter(pack, diffId), 128 * 1024)))
            {
                write(tar);
            }

            size = packed.Written;
            blob.Flush();
            var type = compression switch { LayerCompression.Gzip => MediaTypes.OciLayerGzip, LayerCompression.Zstd => MediaTypes.OciLayerZstd, _ => MediaTypes.OciLayer };
            _layers.Add(new BuiltBlob(new Descriptor(type, Digest.OfHash(Digest.Sha256, digest.GetHashAndReset()), size), blob, path));
            _diffIds.Add(Digest.OfHash(Digest.Sha256, diffId.GetHashAndReset()));
        }

        _history.Add(new ImageHistory(Created, createdBy, null, false));
        return this;
    }

    /// <summary>Adds a layer with the entries of a tar (plain, gzip or zstd), rewritten; the tar of <c>dpkg-deb --fsys-tarfile</c> or mmdebstrap for example.</summary>
    /// <param name="tar">The tar, left open.</param>
    /// <param name="keep">Which entries to keep; all when null.</param>
    /// <param name="compression">How to compress it.</param>
    /// <param name="createdBy">For the history.</param>
    /// <exception cref="OciFormatException">The tar is malformed or has an unsafe path.</exception>
    public ImageBuilder AddTarLayer(Stream tar, Func<LayerEntry, bool>? keep = null, LayerCompression compression = LayerCompression.Gzip, string? createdBy = null) =>
        AddLayer(writer => Copy(tar, writer, keep), compression, createdBy);

    /// <summary>Adds a layer with a directory's tree, owned by root; links are kept, devices and sockets refused.</summary>
    /// <param name="directory">Directory whose content becomes the root, or <paramref name="prefix"/>, of the layer.</param>
    /// <param name="prefix">Where in the image it goes; empty for the root.</param>
    /// <param name="compression">How to compress it.</param>
    /// <param name="createdBy">For the history.</param>
    public ImageBuilder AddDirectoryLayer(string directory, string prefix = "", LayerCompression compression = LayerCompression.Gzip, string? createdBy = null) =>
        AddLayer(writer => DirectoryLayer.Write(writer, directory, prefix), compression, createdBy);

    /// <summary>Copies the entries of a tar to a writer: to put several packages into one layer.</summary>
    public static void Copy(Stream tar, LayerWriter writer, Func<LayerEntry, bool>? keep = null)
    {
        ArgumentNullException.ThrowIfNull(writer);
        using var reader = new LayerReader(LayerDecompressor.Open(tar, null, leaveOpen: true));
        while (reader.Read() is { } entry)
        {
            if (!entry.SafePath.IsSafe || (entry.Type == LayerEntryType.HardLink && !entry.HardLinkPath.IsSafe))
            {
                throw new OciFormatException("tar", entry.Offset, $"{entry}: {entry.SafePath.Refusal ?? entry.HardLinkPath.Refusal}");
            }

            if (entry.SafePath.IsRoot || keep?.Invoke(entry) == false)
            {
                continue;
            }

            writer.Write(new NewEntry(entry.SafePath.Value, entry.Type)
            {
                Mode = entry.Mode,
                Uid = entry.Uid,
                Gid = entry.Gid,
                MTime = entry.MTime,
                LinkTarget = entry.Type == LayerEntryType.HardLink ? entry.HardLinkPath.Value : entry.LinkTarget,
                DeviceMajor = entry.DeviceMajor,
                DeviceMinor = entry.DeviceMinor,
                Xattrs = entry.Xattrs,
            }, reader.Content, entry.Size);
        }
    }

    /// <summary>The image as it is now; valid until the builder is disposed.</summary>
    public BuiltImage Build()
    {
        var config = ManifestWriter.Config(new ImageConfig { Platform = Platform, Created = Created, Config = Process, DiffIds = [.. _diffIds], History = [.. _history] });
        var blob = new BuiltBlob(new Descriptor(MediaTypes.OciConfig, Digest.OfSha256(config), config.Length), new MemoryStream(config), null);
        var manifest = ManifestWriter.Manifest(blob.Descriptor, [.. _layers.Select(l => l.Descriptor)]);
        return new BuiltImage(new Descriptor(MediaTypes.OciManifest, Digest.OfSha256(manifest), manifest.Length) { Platform = Platform }, manifest, blob, [.. _layers], [.. _diffIds]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var layer in _layers)
        {
            layer.Delete();
        }
    }

    private (Stream Blob, string? Path) NewBlob()
    {
        if (_scratch is null)
        {
            return (new MemoryStream(), null);
        }

        var path = Path.Combine(_scratch, $"layer-{Guid.NewGuid():n}");
        return (new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete), path);
    }
}
