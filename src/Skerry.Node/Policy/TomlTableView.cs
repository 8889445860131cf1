using System.Globalization;
using Skerry.Node.Configuration;
using Skerry.Oci;
using Tomlyn.Syntax;

namespace Skerry.Node.Policy;

/// <summary>One table of a TOML file, read key by key; what is wrong is told with file, line and key.</summary>
internal sealed class TomlTableView
{
    private readonly string _source;
    private readonly string _table;
    private readonly int _line;
    private readonly Dictionary<string, KeyValueSyntax> _keys = new(StringComparer.Ordinal);

    /// <param name="source">The file.</param>
    /// <param name="table">The table, for messages.</param>
    /// <param name="line">Where it begins, from 1.</param>
    /// <param name="items">Its keys.</param>
    internal TomlTableView(string source, string table, int line, SyntaxList<KeyValueSyntax> items)
    {
        (_source, _table, _line) = (source, table, line);
        foreach (var item in items)
        {
            var key = item.Key?.ToString().Trim() ?? string.Empty;
            if (!_keys.TryAdd(key, item))
            {
                throw Wrong(item.Span.Start.Line + 1, key, "is there twice");
            }
        }
    }

    /// <summary>Its keys, as they are written.</summary>
    internal IEnumerable<string> Keys => _keys.Keys;

    internal bool Has(string key) => _keys.ContainsKey(key);

    /// <summary>File and line of a key, or of the table where it is not there.</summary>
    internal string PlaceOf(string key) => string.Create(CultureInfo.InvariantCulture, $"{_source}: line {LineOf(key)}");

    /// <summary>Refuses every other key.</summary>
    internal void Only(string[] known)
    {
        foreach (var (key, item) in _keys)
        {
            if (Array.IndexOf(known, key) < 0)
            {
                throw Wrong(item.Span.Start.Line + 1, key, $"is no key of {_table}, which takes {string.Join(", ", known)}");
            }
        }
    }

    internal string Text(string key) =>
        Value(key) is StringValueSyntax { Value: { Length: > 0 } text } ? text : throw Wrong(key, "takes a text in quotes");

    /// <summary>A text; null where the key is absent or holds something else.</summary>
    internal string? TextOrNull(string key) => Has(key) && Value(key) is StringValueSyntax { Value: { } text } ? text : null;

    /// <summary>A time span: a number and d, h, m or s.</summary>
    internal TimeSpan Duration(string key)
    {
        const long Most = 36500 * TimeSpan.TicksPerDay;
        var text = Text(key);
        var unit = text[^1] switch { 'd' => TimeSpan.FromDays(1), 'h' => TimeSpan.FromHours(1), 'm' => TimeSpan.FromMinutes(1), 's' => TimeSpan.FromSeconds(1), _ => TimeSpan.Zero };
        return unit > TimeSpan.Zero && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= Most / unit.Ticks
            ? count * unit
            : throw Wrong(key, "takes a time such as \"90d\", \"12h\" or \"30m\"");
    }

    internal string OneOf(string key, params string[] allowed) =>
        Text(key) is var text && Array.IndexOf(allowed, text) >= 0 ? text : throw Wrong(key, $"takes {string.Join(" or ", allowed.Select(static a => $"\"{a}\""))}");

    internal bool Flag(string key) => Value(key) is BooleanValueSyntax flag ? flag.Value : throw Wrong(key, "takes true or false");

    internal long Number(string key, long least, long most) =>
        Value(key) is IntegerValueSyntax number && number.Value >= least && number.Value <= most
            ? number.Value
            : throw Wrong(key, string.Create(CultureInfo.InvariantCulture, $"takes a number from {least} to {most}"));

    /// <summary>Thousandths of a core; null where the key is absent.</summary>
    internal int? Cores(string key)
    {
        if (!Has(key))
        {
            return null;
        }

        var cores = Value(key) switch
        {
            IntegerValueSyntax number => number.Value,
            FloatValueSyntax number => number.Value,
            _ => -1d,
        };
        return cores is >= 0 and <= 65536 ? (int)Math.Round(cores * 1000) : throw Wrong(key, "takes a number of cores, such as 4 or 0.5");
    }

    internal long Bytes(string key) => Value(key) switch
    {
        IntegerValueSyntax { Value: >= 0 } number => number.Value,
        StringValueSyntax { Value: { } text } when ByteCount.TryParse(text, out var count) => count.Bytes,
        _ => throw Wrong(key, "takes bytes, such as 1073741824 or \"1Gi\""),
    };

    internal IReadOnlyList<string> Texts(string key)
    {
        if (Value(key) is not ArraySyntax array)
        {
            throw Wrong(key, "takes a list of texts");
        }

        List<string> texts = [];
        foreach (var item in array.Items)
        {
            texts.Add(item.Value is StringValueSyntax { Value: { } text } ? text : throw Wrong(key, "takes a list of texts"));
        }

        return texts;
    }

    /// <summary>A list of KEY=VALUE, each key once.</summary>
    internal Dictionary<string, string> Pairs(string key)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in Texts(key))
        {
            var at = text.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0 || !pairs.TryAdd(text[..at], text[(at + 1)..]))
            {
                throw Wrong(key, $"takes KEY=VALUE, each key once, not '{text}'");
            }
        }

        return pairs;
    }

    /// <summary>The error for a key.</summary>
    internal ConfigurationException Wrong(string key, string what) =>
        Wrong(LineOf(key), key, what);

    private int LineOf(string key) => _keys.TryGetValue(key, out var item) ? item.Span.Start.Line + 1 : _line;

    private ValueSyntax? Value(string key) => _keys.TryGetValue(key, out var item) ? item.Value : throw Wrong(key, $"is missing in {_table}");

    private ConfigurationException Wrong(int line, string key, string what) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{_source}: line {line}: '{key}' {what}"));
}
