using System.Text.Json;
using System.Text.Json.Serialization;

namespace Skerry.Oci.Manifests;

/// <summary>The wire shapes of manifests and configurations, before validation.</summary>
internal static class ManifestWire
{
    internal sealed class Document
    {
        [JsonPropertyName("schemaVersion")] public JsonElement? SchemaVersion { get; set; }
        [JsonPropertyName("mediaType")] public string? MediaType { get; set; }
        [JsonPropertyName("artifactType")] public string? ArtifactType { get; set; }
        [JsonPropertyName("config")] public Blob? Config { get; set; }
        [JsonPropertyName("layers")] public List<Blob?>? Layers { get; set; }
        [JsonPropertyName("manifests")] public List<Blob?>? Manifests { get; set; }
        [JsonPropertyName("subject")] public Blob? Subject { get; set; }
        [JsonPropertyName("annotations")] public Dictionary<string, string?>? Annotations { get; set; }
        [JsonPropertyName("fsLayers")] public JsonElement? FsLayers { get; set; }
        [JsonPropertyName("signatures")] public JsonElement? Signatures { get; set; }
    }

    internal sealed class Blob
    {
        [JsonPropertyName("mediaType")] public string? MediaType { get; set; }
        [JsonPropertyName("digest")] public string? Digest { get; set; }
        [JsonPropertyName("size")] public long? Size { get; set; }
        [JsonPropertyName("urls")] public List<string?>? Urls { get; set; }
        [JsonPropertyName("annotations")] public Dictionary<string, string?>? Annotations { get; set; }
        [JsonPropertyName("artifactType")] public string? ArtifactType { get; set; }
        [JsonPropertyName("platform")] public BlobPlatform? Platform { get; set; }
    }

    internal sealed class BlobPlatform
    {
        [JsonPropertyName("architecture")] public string? Architecture { get; set; }
        [JsonPropertyName("os")] public string? Os { get; set; }
        [JsonPropertyName("variant")] public string? Variant { get; set; }
    }

    internal sealed class Config
    {
        [JsonPropertyName("created")] public string? Created { get; set; }
        [JsonPropertyName("author")] public string? Author { get; set; }
        [JsonPropertyName("architecture")] public string? Architecture { get; set; }
        [JsonPropertyName("os")] public string? Os { get; set; }
        [JsonPropertyName("variant")] public string? Variant { get; set; }
        [JsonPropertyName("config")] public Process? Process { get; set; }
        [JsonPropertyName("rootfs")] public RootFs? RootFs { get; set; }
        [JsonPropertyName("history")] public List<Step?>? History { get; set; }
    }

    internal sealed class Process
    {
        public string? User { get; set; }
        public Dictionary<string, JsonElement>? ExposedPorts { get; set; }
        public List<string?>? Env { get; set; }
        public List<string?>? Entrypoint { get; set; }
        public List<string?>? Cmd { get; set; }
        public Dictionary<string, JsonElement>? Volumes { get; set; }
        public string? WorkingDir { get; set; }
        public Dictionary<string, string?>? Labels { get; set; }
        public string? StopSignal { get; set; }
        public List<string?>? Shell { get; set; }
        public bool? ArgsEscaped { get; set; }
    }

    internal sealed class RootFs
    {
        [JsonPropertyName("type")] public string? Type { get; set; }
        [JsonPropertyName("diff_ids")] public List<string?>? DiffIds { get; set; }
    }

    internal sealed class Step
    {
        [JsonPropertyName("created")] public string? Created { get; set; }
        [JsonPropertyName("created_by")] public string? CreatedBy { get; set; }
        [JsonPropertyName("comment")] public string? Comment { get; set; }
        [JsonPropertyName("empty_layer")] public bool? EmptyLayer { get; set; }
    }
}
