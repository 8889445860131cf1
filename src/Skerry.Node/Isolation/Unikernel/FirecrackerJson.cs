using System.Text.Json;
using System.Text.Json.Serialization;

namespace Skerry.Node.Isolation.Unikernel;

/// <summary>Firecracker's file as JSON. What is not said is not written: a member that a version does not know is an error there.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(FirecrackerConfig))]
internal sealed partial class FirecrackerJson : JsonSerializerContext;
