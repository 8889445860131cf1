namespace Skerry.Guard.Yaml;

/// <summary>A text is not YAML, or more YAML than is taken.</summary>
internal sealed class YamlFormatException(string message, YamlMark mark, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Where.</summary>
    public YamlMark Mark { get; } = mark;
}
