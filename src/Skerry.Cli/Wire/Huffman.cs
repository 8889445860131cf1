namespace Skerry.Cli.Wire;

/// <summary>
/// The Huffman code of HPACK (RFC 7541, appendix B). The code is canonical: codes of one length are consecutive in the
/// order of their symbols, so the lengths alone are the whole table.
/// </summary>
internal static class Huffman
{
    private const int LongestCode = 30;
    private const int EndOfString = 256;

    private static ReadOnlySpan<byte> Lengths =>
    [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
        28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
        6, 10, 10, 12, 13,  6,  8, 11, 10, 10,  8, 11,  8,  6,  6,  6,
        5,  5,  5,  6,  6,  6,  6,  6,  6,  6,  7,  8, 15,  6, 12, 10,
        13,  6,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,
        7,  7,  7,  7,  7,  7,  7,  7,  8,  7,  8, 13, 19, 13, 14,  6,
        15,  5,  6,  5,  6,  5,  6,  6,  6,  5,  7,  7,  6,  6,  6,  5,
        6,  7,  6,  5,  5,  6,  7,  7,  7,  7,  7, 15, 11, 14, 13, 28,
        20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
        24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
        22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
        21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
        19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
        20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
        26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
        30 
    ];

    /// <summary>Decodes one string literal.</summary>
    /// <exception cref="WireException">The bytes hold the end-of-string code, or padding that is not its prefix (section 5.2).</exception>
    internal static byte[] Decode(ReadOnlySpan<byte> coded)
    {
        // first[l]: the first code of length l; offset[l]: where its symbols start in the sorted list.
        Span<int> count = stackalloc int[LongestCode + 1];
        Span<int> first = stackalloc int[LongestCode + 2];
        Span<int> offset = stackalloc int[LongestCode + 2];
        count.Clear();
        foreach (var length in Lengths)
        {
            count[length]++;
        }

        first[0] = 0;
        offset[0] = 0;
        for (var l = 1; l <= LongestCode; l++)
        {
            first[l] = (first[l - 1] + count[l - 1]) << 1;
            offset[l] = offset[l - 1] + count[l - 1];
        }

        Span<short> sorted = stackalloc short[Lengths.Length];
        Span<int> next = stackalloc int[LongestCode + 2];
        offset.CopyTo(next);
        for (var symbol = 0; symbol < Lengths.Length; symbol++)
        {
            sorted[next[Lengths[symbol]]++] = (short)symbol;
        }

        var text = new List<byte>(coded.Length * 2);
        int code = 0, bits = 0;
        foreach (var octet in coded)
        {
            for (var bit = 7; bit >= 0; bit--)
            {
                code = (code << 1) | ((octet >> bit) & 1);
                bits++;
                var at = code - first[bits];
                if (at >= 0 && at < count[bits])
                {
                    var symbol = sorted[offset[bits] + at];
                    if (symbol == EndOfString)
                    {
                        throw new WireException("HPACK: the end-of-string code stands inside a string");
                    }

                    text.Add((byte)symbol);
                    code = 0;
                    bits = 0;
                }
                else if (bits == LongestCode)
                {
                    throw new WireException("HPACK: a code that is in no table");
                }
            }
        }

        if (bits > 7 || code != (1 << bits) - 1)
        {
            throw new WireException("HPACK: padding that is not a prefix of the end-of-string code");
        }

        return [.. text];
    }
}
