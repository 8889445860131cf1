using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Skerry.Oci.Trust.Strict;

/// <summary>Canonical JSON as Notary v1 signs it (docker/go canonical/json): keys sorted by bytes, no white space, no escapes but the needed ones.</summary>
/// <remarks>What implementations write differently is refused: fractions, exponents, integers beyond 2^53, control characters.</remarks>
internal static class CanonicalJson
{
    private const string Format = "canonical JSON";
    private const long MaxInteger = 1L << 53;

    public static byte[] Encode(JsonElement element)
    {
        var text = new StringBuilder();
        Write(text, element);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Write(StringBuilder text, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                Write(text, '{', '}', element.EnumerateObject().OrderBy(static m => m.Name, Comparer<string>.Create(Compare)), static (t, member) =>
                {
                    Write(t, member.Name);
                    t.Append(':');
                    Write(t, member.Value);
                });
                break;
            case JsonValueKind.Array:
                Write(text, '[', ']', element.EnumerateArray(), Write);
                break;
            case JsonValueKind.String:
                Write(text, element.GetString()!);
                break;
            case JsonValueKind.Number:
                text.Append(Integer(element).ToString(CultureInfo.InvariantCulture));
                break;
            default:
                text.Append(element.GetRawText()); // true, false, null
                break;
        }
    }

    private static void Write<T>(StringBuilder text, char open, char close, IEnumerable<T> items, Action<StringBuilder, T> write)
    {
        text.Append(open);
        var first = true;
        foreach (var item in items)
        {
            if (!first)
            {
                text.Append(',');
            }

            first = false;
            write(text, item);
        }

        text.Append(close);
    }

    private static void Write(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            if (c < ' ' || c is '\u007f' or '\u2028' or '\u2029')
            {
                throw new OciFormatException(Format, null, $"the character U+{(int)c:X4}, which is not written alike everywhere");
            }

            text.Append(c is '"' or '\\' ? $"\\{c}" : c.ToString());
        }

        text.Append('"');
    }

    private static long Integer(JsonElement number) =>
        number.TryGetInt64(out var value) && Math.Abs(value) <= MaxInteger && number.GetRawText() == value.ToString(CultureInfo.InvariantCulture)
            ? value
            : throw new OciFormatException(Format, null, "a number that is no plain integer below 2^53");

    private static int Compare(string? one, string? other) => Encoding.UTF8.GetBytes(one!).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(other!));
}
