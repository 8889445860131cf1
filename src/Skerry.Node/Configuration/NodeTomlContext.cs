using Tomlyn.Model;
using Tomlyn.Serialization;

namespace Skerry.Node.Configuration;

/// <summary>TOML without reflection.</summary>
[TomlSerializable(typeof(TomlTable))]
internal sealed partial class NodeTomlContext : TomlSerializerContext;
