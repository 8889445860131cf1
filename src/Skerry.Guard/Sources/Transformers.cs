using Skerry.Guard.Events;
using Skerry.Guard.Fields;
using Skerry.Guard.Patterns;

namespace Skerry.Guard.Sources;

/// <summary>The transformers: tolower, toupper, b64, basename, len, join, concat, getopt. What they make lives in the event's scratch.</summary>
internal static class Transformers
{
    /// <exception cref="FieldException">The transformer does not take these.</exception>
    public static Source Create(string name, Source[] inner, string? argument)
    {
        var key = $"{name}({string.Join(',', inner.Select(static i => i.Key))})" + (argument is null ? "" : $"[{argument}]");
        var cost = 4 + inner.Sum(static i => i.Cost);
        var isOfType = Array.TrueForAll(inner, static i => i.IsOfType);
        if (argument is not null && name != "getopt")
        {
            throw new FieldException($"the transformer '{name}' takes no argument");
        }

        switch (name, inner)
        {
            case ("len", [ListSource list]):
                return new NumberSource(e => list.Read(e)?.Count) { Key = key, Type = FieldType.UInt64, Cost = cost };
            case ("len", [TextSource text]):
                return new NumberSource(e => text.Read(e) is { IsAbsent: false } value ? value.Length : null) { Key = key, Type = FieldType.UInt64, Cost = cost, IsOfType = isOfType };
            case ("tolower", [TextSource { Type: FieldType.CharBuf } text]):
                return Make(e => Map(e, text.Read(e), AsciiCase.Lower));
            case ("toupper", [TextSource { Type: FieldType.CharBuf } text]):
                return Make(e => Map(e, text.Read(e), AsciiCase.Upper));
            case ("b64", [TextSource text]):
                return new TextSource(e => Decode(e, text.Read(e))) { Key = key, Type = text.Type, Cost = cost, IsOfType = isOfType };
            case ("basename", [TextSource { Type: FieldType.CharBuf } text]):
                return Make(e => text.Read(e) is var path && path.Span.LastIndexOf((byte)'/') is var slash ? path.Slice(slash + 1, path.Length - slash - 1) : default);
            case ("concat", { Length: > 1 }) when Array.TrueForAll(inner, static i => i is TextSource { Type: FieldType.CharBuf }):
                TextSource[] parts = [.. inner.Cast<TextSource>()];
                return Make(e => Concatenate(e, parts));
            case ("join", [TextSource separator, ListSource list]):
                return Make(e => Join(e, separator.Read(e), list.Read(e)));
            case ("getopt", [ListSource list, TextSource options]):
                return OptionScan.Create(list, options, argument, key, cost);
            default:
                throw new FieldException($"the transformer '{name}' does not take {Describe(inner)}");
        }

        TextSource Make(Func<KernelEvent, Text> read) => new(read) { Key = key, Type = FieldType.CharBuf, Cost = cost, IsOfType = isOfType };
    }

    private static string Describe(Source[] inner) =>
        string.Join(", ", inner.Select(static i => $"{i.Key} ({(i is ListSource ? "list of " : "")}{FieldListing.TypeName(i.Type)})"));

    private static Text Map(KernelEvent e, Text text, Func<byte, byte> map)
    {
        if (text.IsAbsent)
        {
            return default;
        }

        var scratch = e.Scratch.Begin();
        var room = scratch.Reserve(text.Length);
        var span = text.Span;
        for (var i = 0; i < span.Length; i++)
        {
            room[i] = map(span[i]);
        }

        scratch.Advance(span.Length);
        return scratch.Take();
    }

    private static Text Decode(KernelEvent e, Text text)
    {
        if (text.IsAbsent)
        {
            return default;
        }

        var scratch = e.Scratch.Begin();
        if (!Base64Text.TryDecode(text.Span, scratch.Reserve(text.Length), out var written))
        {
            return default;
        }

        scratch.Advance(written);
        return scratch.Take();
    }

    private static Text Concatenate(KernelEvent e, TextSource[] parts)
    {
        var list = e.TakeList();
        foreach (var part in parts)
        {
            list.Add(part.Read(e));
            if (list[^1].IsAbsent)
            {
                return default;
            }
        }

        return Join(e, Text.Empty, list);
    }

    private static Text Join(KernelEvent e, Text separator, List<Text>? items)
    {
        if (separator.IsAbsent || items is null)
        {
            return default;
        }

        var scratch = e.Scratch.Begin();
        for (var i = 0; i < items.Count; i++)
        {
            (i > 0 ? scratch.Append(separator.Span) : scratch).Append(items[i].Span);
        }

        return scratch.Take();
    }
}
