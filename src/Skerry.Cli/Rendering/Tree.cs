using System.Globalization;
using System.Text.Json;
using Google.Protobuf.WellKnownTypes;

namespace Skerry.Cli.Rendering;

/// <summary>
/// A value as machines read it: made once, written as JSON or as YAML. Members keep the order in which they were added, and
/// are there also when they are empty, so that a reader can rely on them.
/// </summary>
internal sealed class Tree
{
    private readonly List<(string Name, Tree Value)>? _members;
    private readonly List<Tree>? _items;

    private Tree(JsonValueKind kind, string text = "", List<(string, Tree)>? members = null, List<Tree>? items = null)
    {
        Kind = kind;
        Text = text;
        _members = members;
        _items = items;
    }

    internal static Tree Null { get; } = new(JsonValueKind.Null);

    internal JsonValueKind Kind { get; }

    /// <summary>The string, or the number as it is written.</summary>
    internal string Text { get; }

    internal IReadOnlyList<(string Name, Tree Value)> Members => _members ?? [];

    internal IReadOnlyList<Tree> Items => _items ?? [];

    internal static Tree Object() => new(JsonValueKind.Object, members: []);

    internal static Tree List(IEnumerable<Tree> items) => new(JsonValueKind.Array, items: [.. items]);

    internal static Tree List(IEnumerable<string> items) => List(items.Select(Of));

    internal static Tree Map(IEnumerable<KeyValuePair<string, string>> map)
    {
        var tree = Object();
        foreach (var (name, value) in map.OrderBy(static m => m.Key, StringComparer.Ordinal))
        {
            tree.Add(name, Of(value));
        }

        return tree;
    }

    internal static Tree Of(string? text) => text is null ? Null : new(JsonValueKind.String, text);

    internal static Tree Of(long number) => new(JsonValueKind.Number, number.ToString(CultureInfo.InvariantCulture));

    internal static Tree Of(ulong number) => new(JsonValueKind.Number, number.ToString(CultureInfo.InvariantCulture));

    internal static Tree Of(double number) =>
        double.IsFinite(number) ? new(JsonValueKind.Number, Math.Round(number, 2).ToString(CultureInfo.InvariantCulture)) : Null;

    internal static Tree Of(bool value) => new(value ? JsonValueKind.True : JsonValueKind.False);

    internal static Tree Of(Timestamp? time) => time is null ? Null : Of(Humanise.Time(time));

    /// <summary>A JSON text that came from elsewhere; a text that is no JSON, or has strings that are no Unicode, stays a string.</summary>
    internal static Tree OfJson(string json)
    {
        if (json.Length == 0)
        {
            return Null;
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            return Of(document.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return Of(json);
        }
    }

    internal Tree Add(string name, Tree value)
    {
        _members!.Add((name, value));
        return this;
    }

    internal Tree Add(string name, string? value) => Add(name, Of(value));

    internal Tree Add(string name, long value) => Add(name, Of(value));

    internal Tree Add(string name, bool value) => Add(name, Of(value));

    private static Tree Of(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => Copy(element),
        JsonValueKind.Array => List(element.EnumerateArray().Select(Of)),
        JsonValueKind.String => Of(element.GetString()),
        JsonValueKind.Number => new(JsonValueKind.Number, element.GetRawText()),
        JsonValueKind.True => Of(true),
        JsonValueKind.False => Of(false),
        _ => Null,
    };

    private static Tree Copy(JsonElement element)
    {
        var tree = Object();
        foreach (var member in element.EnumerateObject())
        {
            tree.Add(member.Name, Of(member.Value));
        }

        return tree;
    }
}
