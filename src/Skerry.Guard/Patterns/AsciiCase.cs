namespace Skerry.Guard.Patterns;

/// <summary>Upper and lower case of ASCII letters, as the C locale has it; other bytes are equal to themselves alone.</summary>
internal static class AsciiCase
{
    public static byte Lower(byte value) => value is >= (byte)'A' and <= (byte)'Z' ? (byte)(value | 0x20) : value;

    public static byte Upper(byte value) => value is >= (byte)'a' and <= (byte)'z' ? (byte)(value & ~0x20) : value;

    public static byte[] Lower(ReadOnlySpan<byte> text)
    {
        var lower = text.ToArray();
        for (var i = 0; i < lower.Length; i++)
        {
            lower[i] = Lower(lower[i]);
        }

        return lower;
    }

    /// <summary>True where a text holds a needle that is in lower case already.</summary>
    public static bool Contains(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lowerNeedle)
    {
        if (lowerNeedle.IsEmpty)
        {
            return true;
        }

        byte first = lowerNeedle[0], other = Upper(first);
        while (text.Length >= lowerNeedle.Length)
        {
            var at = first == other ? text.IndexOf(first) : text.IndexOfAny(first, other);
            if (at < 0 || text.Length - at < lowerNeedle.Length)
            {
                return false;
            }

            if (StartsWith(text[at..], lowerNeedle))
            {
                return true;
            }

            text = text[(at + 1)..];
        }

        return false;
    }

    private static bool StartsWith(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lowerNeedle)
    {
        for (var i = 0; i < lowerNeedle.Length; i++)
        {
            if (Lower(text[i]) != lowerNeedle[i])
            {
                return false;
            }
        }

        return true;
    }
}
