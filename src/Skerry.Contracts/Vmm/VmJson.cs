using System.Text.Json.Serialization;

namespace Skerry.Contracts.Vmm;

/// <summary>The documents between a node and skerry-vmm as JSON. A member that is not known is refused: both are of one version.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(VmDocument))]
[JsonSerializable(typeof(CarryOutcome))]
[JsonSerializable(typeof(VmSize))]
[JsonSerializable(typeof(VmTake))]
public sealed partial class VmJson : JsonSerializerContext;
