using System.Text;

namespace Skerry.Guard.Conditions;

/// <summary>
/// Bytes of constants. A byte above 0x7F that a condition writes as "\xHH" need not be UTF-8: in strings it is one of
/// U+DC80 to U+DCFF alone, which no text holds otherwise, until it becomes a byte here.
/// </summary>
internal static class EscapedBytes
{
    private const char First = '\uDC80';
    private const char Last = '\uDCFF';

    /// <summary>How a byte is kept in a string.</summary>
    public static char Keep(byte value) => value < 0x80 ? (char)value : (char)(First - 0x80 + value);

    /// <summary>The bytes that a constant stands for.</summary>
    public static byte[] Of(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange(First, Last) < 0)
        {
            return Encoding.UTF8.GetBytes(text);
        }

        List<byte> bytes = [];
        var encoded = new byte[4];
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is >= First and <= Last)
            {
                bytes.Add((byte)(text[i] - First + 0x80));
                continue;
            }

            Rune.DecodeFromUtf16(text.AsSpan(i), out var rune, out var taken);
            bytes.AddRange(encoded[..rune.EncodeToUtf8(encoded)]);
            i += taken - 1;
        }

        return [.. bytes];
    }
}
