namespace Skerry.Guard.Yaml;

/// <summary>A value of a YAML document and where it stands. Aliases share the node they name.</summary>
internal sealed class YamlNode
{
    private YamlNode(YamlKind kind, YamlMark mark) => (Kind, Mark) = (kind, mark);

    public YamlKind Kind { get; }

    public YamlMark Mark { get; }

    /// <summary>The text of a scalar.</summary>
    public string Text { get; private init; } = "";

    /// <summary>The items of a sequence.</summary>
    public IReadOnlyList<YamlNode> Items { get; private init; } = [];

    /// <summary>The entries of a mapping, in their order.</summary>
    public IReadOnlyList<KeyValuePair<YamlNode, YamlNode>> Entries { get; private init; } = [];

    /// <summary>Nodes that this one is, with everything inside and each alias counted again.</summary>
    public long Weight { get; private init; } = 1;

    public bool IsNull => Kind == YamlKind.Null;

    public bool IsScalar => Kind == YamlKind.Scalar;

    public bool IsSequence => Kind == YamlKind.Sequence;

    public bool IsMapping => Kind == YamlKind.Mapping;

    /// <summary>The value of a key of a mapping; null where there is no such key.</summary>
    public YamlNode? this[string key] => Entries.FirstOrDefault(e => e.Key.Text == key).Value;

    public static YamlNode Scalar(string text, bool isPlain, YamlMark mark) =>
        isPlain && text is ("" or "~" or "null" or "Null" or "NULL") ? new YamlNode(YamlKind.Null, mark) : new YamlNode(YamlKind.Scalar, mark) { Text = text };

    public static YamlNode Sequence(IReadOnlyList<YamlNode> items, YamlMark mark) =>
        new(YamlKind.Sequence, mark) { Items = items, Weight = 1 + items.Sum(static i => i.Weight) };

    public static YamlNode Mapping(IReadOnlyList<KeyValuePair<YamlNode, YamlNode>> entries, YamlMark mark) =>
        new(YamlKind.Mapping, mark) { Entries = entries, Weight = 1 + entries.Sum(static e => e.Key.Weight + e.Value.Weight) };
}
