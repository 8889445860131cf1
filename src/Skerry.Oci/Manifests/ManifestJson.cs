using System.Text.Json.Serialization;

namespace Skerry.Oci.Manifests;

/// <summary>Source-generated reading of the wire shapes.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, MaxDepth = ManifestLimits.MaxDepth)]
[JsonSerializable(typeof(ManifestWire.Document))]
[JsonSerializable(typeof(ManifestWire.Config))]
internal sealed partial class ManifestJson : JsonSerializerContext;
