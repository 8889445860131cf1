using System.Text.Json.Serialization;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>What the tier keeps as JSON.</summary>
[JsonSerializable(typeof(MicrovmFinding))]
internal sealed partial class MicrovmJson : JsonSerializerContext;
