namespace Skerry.Guard.Patterns;

/// <summary>Bytes in square brackets in a shell pattern, as glibc reads them.</summary>
internal static class GlobSet
{
    /// <summary>Whether a byte is in the set that begins at a bracket, and where the pattern goes on; null where no bracket ends it: the first is a text then.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="at">Place of the bracket.</param>
    /// <param name="value">The byte.</param>
    /// <param name="folded">The byte in lower case, where case does not count.</param>
    public static (bool Matches, int End)? Read(ReadOnlySpan<byte> pattern, int at, byte value, byte folded)
    {
        var i = at + 1;
        var isNegated = i < pattern.Length && pattern[i] is (byte)'!' or (byte)'^';
        i += isNegated ? 1 : 0;
        var first = i;
        var isIn = false;
        while (i < pattern.Length)
        {
            if (pattern[i] == ']' && i > first)
            {
                return (isIn != isNegated, i + 1);
            }

            if (ClassLength(pattern[i..]) is > 0 and var length)
            {
                isIn |= IsInClass(pattern.Slice(i + 2, length - 4), value);
                i += length;
                continue;
            }

            if (!TryTake(pattern, ref i, out var lowest))
            {
                return null;
            }

            var highest = lowest;
            if (i + 1 < pattern.Length && pattern[i] == '-' && pattern[i + 1] != ']')
            {
                i++;
                if (!TryTake(pattern, ref i, out highest))
                {
                    return null;
                }
            }

            isIn |= lowest <= folded && folded <= highest;
        }

        return null;
    }

    /// <summary>One byte, behind a backslash or not.</summary>
    private static bool TryTake(ReadOnlySpan<byte> pattern, ref int at, out byte value)
    {
        at += pattern[at] == '\\' ? 1 : 0;
        value = at < pattern.Length ? pattern[at] : default;
        return at++ < pattern.Length;
    }

    /// <summary>Length of "[:name:]" at the start; 0 where there is none.</summary>
    private static int ClassLength(ReadOnlySpan<byte> pattern)
    {
        if (!pattern.StartsWith("[:"u8))
        {
            return 0;
        }

        var end = pattern[2..].IndexOfAnyExceptInRange((byte)'a', (byte)'z');
        return end >= 0 && pattern[(end + 2)..].StartsWith(":]"u8) ? end + 4 : 0;
    }

    /// <summary>Asked while events are judged: nothing is allocated.</summary>
    private static bool IsInClass(ReadOnlySpan<byte> name, byte value)
    {
        var c = (char)value;
        return name switch
        {
            _ when name.SequenceEqual("alnum"u8) => char.IsAsciiLetterOrDigit(c),
            _ when name.SequenceEqual("alpha"u8) => char.IsAsciiLetter(c),
            _ when name.SequenceEqual("blank"u8) => c is ' ' or '\t',
            _ when name.SequenceEqual("cntrl"u8) => c is < ' ' or '\x7F',
            _ when name.SequenceEqual("digit"u8) => char.IsAsciiDigit(c),
            _ when name.SequenceEqual("graph"u8) => c is > ' ' and < '\x7F',
            _ when name.SequenceEqual("lower"u8) => char.IsAsciiLetterLower(c),
            _ when name.SequenceEqual("print"u8) => c is >= ' ' and < '\x7F',
            _ when name.SequenceEqual("punct"u8) => c is > ' ' and < '\x7F' && !char.IsAsciiLetterOrDigit(c),
            _ when name.SequenceEqual("space"u8) => c is ' ' or (>= '\t' and <= '\r'),
            _ when name.SequenceEqual("upper"u8) => char.IsAsciiLetterUpper(c),
            _ when name.SequenceEqual("xdigit"u8) => char.IsAsciiHexDigit(c),
            _ => false,
        };
    }
}
