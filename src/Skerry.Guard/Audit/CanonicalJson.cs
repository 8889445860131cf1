using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Skerry.Guard.Audit;

/// <summary>Writes the canonical form of JSON objects (RFC 8785): no white space, names in the order of their UTF-16 units, the fewest escapes.</summary>
/// <remarks>Only what entries hold: objects, texts, and integers that every reader holds exactly (below 2^53).</remarks>
internal static class CanonicalJson
{
    private static readonly SearchValues<char> Escaped = SearchValues.Create(
        "\"\\\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f");

    /// <summary>An object of texts, whose names are sorted by ordinal.</summary>
    public static void Write(StringBuilder json, ImmutableSortedDictionary<string, string> members)
    {
        json.Append('{');
        var first = true;
        foreach (var (name, value) in members)
        {
            if (!first)
            {
                json.Append(',');
            }

            first = false;
            Write(json, name);
            json.Append(':');
            Write(json, value);
        }

        json.Append('}');
    }

    /// <summary>A text. Half a surrogate pair, which no JSON can hold, becomes U+FFFD.</summary>
    public static void Write(StringBuilder json, string text)
    {
        json.Append('"');
        var rest = text.AsSpan();
        while (rest.IndexOfAny(Escaped) is >= 0 and var at)
        {
            json.Append(rest[..at]);
            Escape(json, rest[at]);
            rest = rest[(at + 1)..];
        }

        json.Append(rest).Append('"');
    }

    private static void Escape(StringBuilder json, char c) => _ = c switch
    {
        '"' or '\\' => json.Append('\\').Append(c),
        '\b' => json.Append("\\b"),
        '\t' => json.Append("\\t"),
        '\n' => json.Append("\\n"),
        '\f' => json.Append("\\f"),
        '\r' => json.Append("\\r"),
        _ => json.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture)),
    };
}
