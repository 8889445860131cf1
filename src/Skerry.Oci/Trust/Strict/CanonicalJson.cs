using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Skerry.Oci.Trust.Strict;

/// <summary>Canonical JSON as TUF signs it (OLPC's, TUF 1.0.33 §4.1; docker/go canonical/json for Notary v1): keys sorted by bytes, no white space, no escapes but the needed ones.</summary>
/// <remarks>What implementations write differently is refused: fractions, exponents, integers beyond 2^53.</remarks>
internal sealed class CanonicalJson
{
    private const string Format = "canonical JSON";
    private const long MaxInteger = 1L << 53;

    private readonly StringBuilder _text = new();
    private readonly bool _hasControls;

    private CanonicalJson(bool hasControls) => _hasControls = hasControls;

    /// <param name="element">What is encoded.</param>
    /// <param name="hasControls">Control characters stand as they are, as OLPC has it. Else they are refused: Notary's signers do not write them alike.</param>
    public static byte[] Encode(JsonElement element, bool hasControls = false)
    {
        var json = new CanonicalJson(hasControls);
        json.Write(element);
        return Encoding.UTF8.GetBytes(json._text.ToString());
    }

    private void Write(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                Write('{', '}', element.EnumerateObject().OrderBy(static m => m.Name, Comparer<string>.Create(Compare)), member =>
                {
                    Write(member.Name);
                    _text.Append(':');
                    Write(member.Value);
                });
                break;
            case JsonValueKind.Array:
                Write('[', ']', element.EnumerateArray(), Write);
                break;
            case JsonValueKind.String:
                Write(element.GetString()!);
                break;
            case JsonValueKind.Number:
                _text.Append(Integer(element).ToString(CultureInfo.InvariantCulture));
                break;
            default:
                _text.Append(element.GetRawText()); // true, false, null
                break;
        }
    }

    private void Write<T>(char open, char close, IEnumerable<T> items, Action<T> write)
    {
        _text.Append(open);
        var first = true;
        foreach (var item in items)
        {
            if (!first)
            {
                _text.Append(',');
            }

            first = false;
            write(item);
        }

        _text.Append(close);
    }

    private void Write(string value)
    {
        _text.Append('"');
        foreach (var c in value)
        {
            if (!_hasControls && (c < ' ' || c is '\u007f' or '\u2028' or '\u2029'))
            {
                throw new OciFormatException(Format, null, $"the character U+{(int)c:X4}, which is not written alike everywhere");
            }

            _text.Append(c is '"' or '\\' ? $"\\{c}" : c.ToString());
        }

        _text.Append('"');
    }

    private static long Integer(JsonElement number) =>
        number.TryGetInt64(out var value) && value is >= -MaxInteger and <= MaxInteger && number.GetRawText() == value.ToString(CultureInfo.InvariantCulture)
            ? value
            : throw new OciFormatException(Format, null, "a number that is no plain integer below 2^53");

    private static int Compare(string? one, string? other) => Encoding.UTF8.GetBytes(one!).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(other!));
}
