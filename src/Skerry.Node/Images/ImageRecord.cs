using System.Text.Json.Serialization;
using Skerry.Node.Images.Trust;
using Skerry.Oci;
using Skerry.Oci.Manifests;

namespace Skerry.Node.Images;

/// <summary>One layer of an image: as it came and as it lies on disk.</summary>
/// <param name="Blob">The blob that was fetched.</param>
/// <param name="DiffId">Digest of the tar in it.</param>
/// <param name="Name">Its directory below <c>layers/</c>.</param>
/// <param name="UnpackedBytes">Content of its files.</param>
public sealed record ImageLayer(Descriptor Blob, Digest DiffId, string Name, long UnpackedBytes);

/// <summary>An image that is wholly there. Immutable: another tag or pull makes another record of the same image.</summary>
public sealed class ImageRecord
{
    private readonly Lazy<ImageConfig> _config;
    private readonly Lazy<IReadOnlyDictionary<string, string>> _annotations;

    internal ImageRecord(ImageWire wire, Func<ImageRecord, ImageConfig> readConfig, Func<ImageRecord, IReadOnlyDictionary<string, string>> readAnnotations, Func<string, string> pathOf, bool[] hidesAllBelow)
    {
        Wire = wire;
        ManifestDigest = Digest.Parse(wire.ManifestDigest);
        ConfigDigest = Digest.Parse(wire.ConfigDigest);
        References = wire.References;
        RepoDigests = wire.RepoDigests;
        Platform = Platform.Parse(wire.Platform);
        PulledAt = wire.PulledAt;
        Layers = [.. wire.Layers.Select(l => new ImageLayer(new Descriptor(l.MediaType, Digest.Parse(l.Digest), l.Size), Digest.Parse(l.DiffId), l.Name, l.UnpackedBytes))];

        // Of an image that hides what lies beneath one of its layers, only that layer and those above are mounted.
        int from = Math.Max(0, Array.LastIndexOf(hidesAllBelow, true));
        LayerDirectories = [.. Layers.Skip(from).Select(l => pathOf(l.Name))];
        _config = new Lazy<ImageConfig>(() => readConfig(this), LazyThreadSafetyMode.PublicationOnly);
        _annotations = new Lazy<IReadOnlyDictionary<string, string>>(() => readAnnotations(this), LazyThreadSafetyMode.PublicationOnly);
    }

    /// <summary>Digest of the configuration: the image's id.</summary>
    public Digest ConfigDigest { get; }

    /// <summary>Digest of the manifest for this platform.</summary>
    public Digest ManifestDigest { get; }

    /// <summary>Names, canonical with tag (<c>docker.io/library/busybox:latest</c>), in order.</summary>
    public IReadOnlyList<string> References { get; }

    /// <summary><c>registry/repository@digest</c> of what was asked for: the index where there is one, else the manifest.</summary>
    public IReadOnlyList<string> RepoDigests { get; }

    /// <summary>The platform it was made for.</summary>
    public Platform Platform { get; }

    /// <summary>When its content was pulled or imported last.</summary>
    public DateTimeOffset PulledAt { get; }

    /// <summary>Its layers, bottom first.</summary>
    public IReadOnlyList<ImageLayer> Layers { get; }

    /// <summary>Absolute paths for the overlay's lower directories, bottom first.</summary>
    public IReadOnlyList<string> LayerDirectories { get; }

    /// <summary>Bytes of configuration and layers, compressed as the manifest says.</summary>
    public long CompressedBytes => Wire.ConfigSize + Layers.Sum(l => l.Blob.Size);

    /// <summary>Content of the files of all layers.</summary>
    public long UnpackedBytes => Layers.Sum(l => l.UnpackedBytes);

    /// <summary>How it starts; read from the verified blob at first use.</summary>
    /// <exception cref="ImageException">The blob is missing or corrupt.</exception>
    public ImageConfig Config => _config.Value;

    /// <summary>Annotations of its manifest; read from the verified blob at first use.</summary>
    /// <exception cref="ImageException">The blob is missing or corrupt.</exception>
    public IReadOnlyDictionary<string, string> Annotations => _annotations.Value;

    internal ImageWire Wire { get; }

    /// <summary>Every blob it needs: manifest, index, configuration, layers, and what it was signed with.</summary>
    internal IEnumerable<Digest> Blobs
    {
        get
        {
            yield return ManifestDigest;
            yield return ConfigDigest;
            if (Wire.IndexDigest is { } index)
            {
                yield return Digest.Parse(index);
            }

            foreach (var layer in Layers)
            {
                yield return layer.Blob.Digest;
            }

            foreach (var signature in Wire.Signatures ?? [])
            {
                yield return Digest.Parse(signature.Manifest);
                foreach (var blob in signature.Blobs)
                {
                    yield return Digest.Parse(blob);
                }
            }
        }
    }

    /// <summary>The name people know it by: its first reference, else its id.</summary>
    public override string ToString() => References is [var first, ..] ? first : ConfigDigest.ToString();
}

/// <summary>What <c>images/ALGORITHM-HEX.json</c> holds (docs/formats/store.md).</summary>
/// <param name="Version">1.</param>
/// <param name="Sequence">Grows with every write; of two records with one reference the higher has it.</param>
/// <param name="Signatures">What it was found signed with; null for nothing.</param>
/// <param name="Verdicts">What was found when it was verified; null for never.</param>
internal sealed record ImageWire(
    int Version,
    long Sequence,
    string ManifestDigest,
    string ManifestMediaType,
    string? IndexDigest,
    string ConfigDigest,
    string ConfigMediaType,
    long ConfigSize,
    string Platform,
    IReadOnlyList<string> References,
    IReadOnlyList<string> RepoDigests,
    DateTimeOffset PulledAt,
    IReadOnlyList<ImageLayerWire> Layers,
    IReadOnlyList<ImageSignatureWire>? Signatures = null,
    IReadOnlyList<ImageVerdictWire>? Verdicts = null);

/// <summary>One layer in <see cref="ImageWire"/>.</summary>
internal sealed record ImageLayerWire(string Digest, string MediaType, long Size, string DiffId, string Name, long UnpackedBytes);

/// <summary>Source-generated JSON of an image.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ImageWire))]
internal sealed partial class ImageJson : JsonSerializerContext;
