namespace Skerry.Guard.Yaml;

/// <summary>How much YAML is taken. Rule files come from people, but also from a fleet's hub: nothing in them may cost more than it weighs.</summary>
internal static class YamlLimits
{
    /// <summary>Characters of a file; the largest public rule set is a twentieth of it.</summary>
    public const int MaxLength = 8 << 20;

    /// <summary>Characters of one scalar.</summary>
    public const int MaxScalar = 1 << 20;

    /// <summary>Sequences and mappings in one another.</summary>
    public const int MaxDepth = 32;

    /// <summary>Nodes of a file, aliases counted as often as they are used.</summary>
    public const int MaxNodes = 500_000;
}
