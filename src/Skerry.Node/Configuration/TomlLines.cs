using System.Globalization;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Skerry.Node.Configuration;

/// <summary>Where the keys of a TOML file are, for messages.</summary>
internal sealed class TomlLines
{
    private readonly string _file;
    private readonly Dictionary<string, int> _lines = new(StringComparer.Ordinal);

    /// <param name="text">The file's text, which is well-formed.</param>
    /// <param name="file">Its name.</param>
    internal TomlLines(string text, string file)
    {
        _file = file;
        var document = SyntaxParser.Parse(text, file);
        Add(string.Empty, document.KeyValues);
        foreach (var table in document.Tables)
        {
            var name = table.Name?.ToString().Trim() ?? string.Empty;
            _lines.TryAdd(name, table.Span.Start.Line + 1);
            Add(name + ".", table.Items);
        }
    }

    /// <summary>File and line of a key, or of its table; the file alone where it is written in a way that has neither.</summary>
    internal string PlaceOf(string key)
    {
        var dot = key.LastIndexOf('.');
        return _lines.TryGetValue(key, out var line) || (dot > 0 && _lines.TryGetValue(key[..dot], out line))
            ? string.Create(CultureInfo.InvariantCulture, $"{_file}: line {line}")
            : _file;
    }

    private void Add(string table, SyntaxList<KeyValueSyntax> items)
    {
        foreach (var item in items)
        {
            _lines.TryAdd(table + item.Key?.ToString().Trim(), item.Span.Start.Line + 1);
        }
    }
}
