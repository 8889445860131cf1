using System.Text.Json.Serialization;

namespace Skerry.Node.Network;

/// <summary>Serialisers of what the network keeps, generated at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(NetworkLease))]
[JsonSerializable(typeof(LeaseRecord))]
internal sealed partial class NetworkJson : JsonSerializerContext;
