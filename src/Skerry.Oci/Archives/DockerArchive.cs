using System.Text.Json;
using System.Text.Json.Serialization;
using Skerry.Oci.Manifests;

namespace Skerry.Oci.Archives;

/// <summary>The <c>manifest.json</c> of <c>docker save</c> (moby image/spec/v1.2).</summary>
internal static class DockerArchive
{
    private const string Format = "docker archive";
    private const int MaxImages = 4096;

    internal sealed class Item
    {
        public string? Config { get; set; }
        public List<string?>? RepoTags { get; set; }
        public List<string?>? Layers { get; set; }
    }

    /// <summary>What was found under a name in the archive.</summary>
    internal readonly record struct Found(Digest Digest, long Size, LayerCompression Compression);

    /// <summary>Makes an OCI manifest for each image that <c>manifest.json</c> names.</summary>
    public static List<ArchivedImage> Resolve(ReadOnlyMemory<byte> manifestJson, Func<string, Found?> find, Func<Digest, ReadOnlyMemory<byte>> load)
    {
        JsonGuard.Check(Format, manifestJson.Span, ManifestLimits.MaxBytes, isArray: true);
        List<Item?> items;
        try
        {
            items = JsonSerializer.Deserialize(manifestJson.Span, DockerArchiveJson.Default.ListItem)!;
        }
        catch (JsonException e)
        {
            throw new OciFormatException(Format, null, $"manifest.json: {e.Path} has the wrong type", e);
        }

        if (items.Count > MaxImages)
        {
            throw new OciFormatException(Format, null, $"{items.Count} images; at most {MaxImages} are taken");
        }

        return [.. items.Select((item, i) => Image(item, $"manifest.json[{i}]", find, load))];
    }

    /// <summary>Writes <c>manifest.json</c> over an OCI layout, as docker does since version 25.</summary>
    public static byte[] Write(IEnumerable<(ImageManifest Manifest, IReadOnlyList<ImageReference> References)> images)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartArray();
            foreach (var (manifest, references) in images)
            {
                json.WriteStartObject();
                json.WriteString("Config", ArchiveNames.Of(manifest.Config.Digest));
                json.WriteStartArray("RepoTags");
                foreach (var reference in references.Where(r => r.Tag is not null))
                {
                    json.WriteStringValue($"{reference.FamiliarName}:{reference.Tag}");
                }

                json.WriteEndArray();
                json.WriteStartArray("Layers");
                foreach (var layer in manifest.Layers)
                {
                    json.WriteStringValue(ArchiveNames.Of(layer.Digest));
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return bytes.ToArray();
    }

    private static ArchivedImage Image(Item? item, string at, Func<string, Found?> find, Func<Digest, ReadOnlyMemory<byte>> load)
    {
        var layers = item?.Layers ?? [];
        if (layers.Count > ManifestLimits.MaxLayers)
        {
            throw new OciFormatException(Format, null, $"{at} has {layers.Count} layers; at most {ManifestLimits.MaxLayers} are taken");
        }

        var config = Find(item?.Config, at + ".Config", find);
        if (config.Size > ManifestLimits.MaxBytes)
        {
            throw new OciFormatException(Format, null, $"{at}.Config has {config.Size} bytes; at most {ManifestLimits.MaxBytes} are taken");
        }

        var parsed = ImageConfig.Parse(load(config.Digest));
        if (parsed.DiffIds.Count != layers.Count)
        {
            throw new OciFormatException(Format, null, $"{at} has {layers.Count} layers but its configuration {parsed.DiffIds.Count}");
        }

        var descriptors = new List<Descriptor>(layers.Count);
        for (var i = 0; i < layers.Count; i++)
        {
            var found = Find(layers[i], $"{at}.Layers[{i}]", find);
            if (found.Compression == LayerCompression.None && parsed.DiffIds[i].Algorithm == found.Digest.Algorithm && parsed.DiffIds[i] != found.Digest)
            {
                throw new OciFormatException(Format, null, $"{at}.Layers[{i}] does not have the diff id that the configuration says");
            }

            descriptors.Add(new Descriptor(found.Compression switch
            {
                LayerCompression.Gzip => MediaTypes.OciLayerGzip,
                LayerCompression.Zstd => MediaTypes.OciLayerZstd,
                _ => MediaTypes.OciLayer,
            }, found.Digest, found.Size));
        }

        var manifest = ManifestWriter.Manifest(new Descriptor(MediaTypes.OciConfig, config.Digest, config.Size), descriptors);
        var references = (item?.RepoTags ?? []).Select(t => ImageReference.TryParse(t, out var r) ? r : throw new OciFormatException(Format, null, $"{at}.RepoTags has '{JsonGuard.Printable(t ?? "")}', which is no image reference"));
        return new ArchivedImage([.. references], null, new Descriptor(MediaTypes.OciManifest, Digest.OfSha256(manifest), manifest.Length) { Platform = parsed.Platform }, manifest);
    }

    private static Found Find(string? name, string at, Func<string, Found?> find) =>
        name is null ? throw new OciFormatException(Format, null, $"{at} is missing")
        : find(name) ?? throw new OciFormatException(Format, null, $"{at} names {JsonGuard.Printable(name)}, which the archive does not hold");
}

/// <summary>Source-generated reading of <c>manifest.json</c>.</summary>
[JsonSerializable(typeof(List<DockerArchive.Item>))]
internal sealed partial class DockerArchiveJson : JsonSerializerContext;
