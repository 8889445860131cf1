namespace Skerry.Guard.Yaml;

/// <summary>What a YAML node is.</summary>
internal enum YamlKind
{
    Null,
    Scalar,
    Sequence,
    Mapping,
}
