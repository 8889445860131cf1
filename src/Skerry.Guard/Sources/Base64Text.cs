namespace Skerry.Guard.Sources;

/// <summary>Base64 as the transformer b64 reads it: nothing but its letters, with or without the equals signs at the end, and no bits left over.</summary>
internal static class Base64Text
{
    /// <param name="text">The text.</param>
    /// <param name="into">Room for as many bytes as the text has.</param>
    /// <param name="written">How many bytes it stands for.</param>
    public static bool TryDecode(ReadOnlySpan<byte> text, Span<byte> into, out int written)
    {
        written = 0;
        var isEmpty = text.IsEmpty;
        text = text is [.., (byte)'='] ? text[..^1] : text;
        text = text is [.., (byte)'='] ? text[..^1] : text;
        var bits = 0;
        var count = 0;
        foreach (var letter in text)
        {
            if (Value(letter) is not { } value)
            {
                return false;
            }

            bits = (bits << 6) | value;
            count += 6;
            if (count >= 8)
            {
                count -= 8;
                into[written++] = (byte)(bits >> count);
                bits &= (1 << count) - 1;
            }
        }

        return bits == 0 && count < 6 && (written > 0 || isEmpty);
    }

    private static int? Value(byte letter) => letter switch
    {
        >= (byte)'A' and <= (byte)'Z' => letter - 'A',
        >= (byte)'a' and <= (byte)'z' => letter - 'a' + 26,
        >= (byte)'0' and <= (byte)'9' => letter - '0' + 52,
        (byte)'+' => 62,
        (byte)'/' => 63,
        _ => null,
    };
}
