using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Skerry.Oci.Manifests;

/// <summary>Turns foreign bytes into an <see cref="ImageManifest"/> or <see cref="ImageIndex"/>, or refuses them.</summary>
/// <remarks>
/// Strict, so that no two readers can differ about what an image is (CVE-2021-41190): a document is a manifest or an index,
/// never both; its media type is the one it was fetched by; no key occurs twice. Limits: <see cref="ManifestLimits"/>.
/// </remarks>
public static class ManifestParser
{
    private const string Manifest = "image manifest";
    private const string Config = "image configuration";

    /// <summary>Parses a manifest or index.</summary>
    /// <param name="json">The document, as fetched.</param>
    /// <param name="mediaType">What it was fetched as (Content-Type or descriptor), parameters removed; null when nothing is known.</param>
    /// <exception cref="OciFormatException">Malformed, ambiguous, over a limit, of schema 1 or of an unknown kind.</exception>
    public static ParsedManifest Parse(ReadOnlyMemory<byte> json, string? mediaType)
    {
        if (mediaType is MediaTypes.DockerManifestV1 or MediaTypes.DockerManifestV1Signed)
        {
            throw SchemaOne();
        }

        var document = Read(Manifest, json, ManifestJson.Default.Document);
        if (document.SchemaVersion is { ValueKind: JsonValueKind.Number } version && version.TryGetInt32(out var number) && number == 1
            || document.FsLayers is not null || document.Signatures is not null)
        {
            throw SchemaOne();
        }

        if (document.SchemaVersion is not { ValueKind: JsonValueKind.Number } v2 || !v2.TryGetInt32(out var two) || two != 2)
        {
            throw Refuse("schemaVersion is not 2");
        }

        var isIndex = document.Manifests is not null;
        var isManifest = document.Config is not null || document.Layers is not null;
        if (isIndex == isManifest)
        {
            throw Refuse(isIndex ? "holds both manifests and config or layers: it could be read in two ways" : "has neither config and layers nor manifests");
        }

        var known = Known(mediaType) ? mediaType : null;
        if (known is not null && document.MediaType is not null && known != document.MediaType)
        {
            throw Refuse($"says it is {JsonGuard.Printable(document.MediaType)} but was fetched as {known}");
        }

        var type = document.MediaType ?? known ?? (isIndex ? MediaTypes.OciIndex : MediaTypes.OciManifest);
        if (isIndex ? !MediaTypes.IsIndex(type) : !MediaTypes.IsManifest(type))
        {
            throw Refuse($"its content is {(isIndex ? "an index" : "a manifest")} but its media type is {JsonGuard.Printable(type)}");
        }

        var annotations = DescriptorRules.Annotations(Manifest, "annotations", document.Annotations);
        var subject = document.Subject is null ? null : DescriptorRules.Read(Manifest, "subject", document.Subject);
        if (isIndex)
        {
            return new ImageIndex
            {
                MediaType = type,
                Annotations = annotations,
                ArtifactType = document.ArtifactType,
                Subject = subject,
                Manifests = DescriptorRules.ReadAll(Manifest, "manifests", document.Manifests!, ManifestLimits.MaxManifests),
            };
        }

        var manifest = new ImageManifest
        {
            MediaType = type,
            Annotations = annotations,
            ArtifactType = document.ArtifactType,
            Subject = subject,
            Config = DescriptorRules.Read(Manifest, "config", document.Config ?? throw Refuse("has no config")),
            Layers = DescriptorRules.ReadAll(Manifest, "layers", document.Layers ?? throw Refuse("has no layers"), ManifestLimits.MaxLayers),
        };
        return manifest;
    }

    /// <summary>Parses an image configuration; unknown members, the health check among them, are ignored.</summary>
    /// <exception cref="OciFormatException">Malformed or over a limit.</exception>
    public static ImageConfig ParseConfig(ReadOnlyMemory<byte> json)
    {
        var config = Read(Config, json, ManifestJson.Default.Config);
        var ids = config.RootFs?.DiffIds ?? [];
        if (config.RootFs is { Type: not (null or "layers") })
        {
            throw new OciFormatException(Config, null, $"rootfs.type is '{JsonGuard.Printable(config.RootFs.Type)}', not 'layers'");
        }

        if (ids.Count > ManifestLimits.MaxLayers)
        {
            throw new OciFormatException(Config, null, $"{ids.Count} diff_ids; at most {ManifestLimits.MaxLayers} are taken");
        }

        return new ImageConfig
        {
            Platform = DescriptorRules.Platform(Config, config.Os ?? "linux", config.Architecture ?? throw new OciFormatException(Config, null, "has no architecture"), config.Variant),
            Created = Time(config.Created),
            Author = config.Author,
            Config = ConfigRules.Process(Config, config.Process),
            DiffIds = [.. ids.Select((id, i) => Digest.TryParse(id, out var digest) ? digest : throw new OciFormatException(Config, null, $"rootfs.diff_ids[{i}] is no digest"))],
            History = [.. (config.History ?? []).Take(ManifestLimits.MaxManifests).Select(s => new ImageHistory(Time(s?.Created), s?.CreatedBy, s?.Comment, s?.EmptyLayer ?? false))],
        };
    }

    /// <summary>Parses the configuration of a WebAssembly artifact. Its module is the program; nothing else of a process is said.</summary>
    /// <exception cref="OciFormatException">Malformed or over a limit, or the artifact has not one layer.</exception>
    public static ImageConfig ParseWasmConfig(ReadOnlyMemory<byte> json, IReadOnlyList<Digest> layers)
    {
        const string Format = "wasm config";
        ArgumentNullException.ThrowIfNull(layers);
        var config = Read(Format, json, ManifestJson.Default.Config);
        var platform = DescriptorRules.Platform(Format, config.Os ?? "wasip1", config.Architecture ?? "wasm", null);
        if (!platform.IsWebAssembly)
        {
            throw new OciFormatException(Format, null, $"a WebAssembly artifact is for wasip1/wasm or wasip2/wasm, and this says {platform}");
        }

        return new ImageConfig
        {
            Platform = platform,
            Created = Time(config.Created),
            Author = config.Author,
            Config = new ImageProcess { Entrypoint = ["/" + Layers.ModuleTar.Name] },
            DiffIds = layers.Count == 1 ? layers : throw new OciFormatException(Format, null, $"the artifact has {layers.Count} layers; one, its module, is taken"),
            History = [],
        };
    }

    private static T Read<T>(string format, ReadOnlyMemory<byte> json, JsonTypeInfo<T> type)
        where T : class
    {
        JsonGuard.Check(format, json.Span, ManifestLimits.MaxBytes);
        try
        {
            return JsonSerializer.Deserialize(json.Span, type) ?? throw new OciFormatException(format, 0, "not a JSON object");
        }
        catch (JsonException e)
        {
            throw new OciFormatException(format, null, $"{e.Path ?? "$"} has the wrong type or an impossible value", e);
        }
    }

    private static DateTimeOffset? Time(string? text) =>
        DateTimeOffset.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    private static bool Known(string? mediaType) => MediaTypes.IsIndex(mediaType) || MediaTypes.IsManifest(mediaType);

    private static OciFormatException Refuse(string reason) => new(Manifest, null, reason);

    private static OciFormatException SchemaOne() => Refuse(
        "Docker schema 1, whose layers are named without sizes and whose manifest cannot be verified by digest, is not taken: " +
        "push the image again with a current docker, podman or skopeo (skopeo copy --format v2s2)");
}
