using Skerry.Guard.Events;

namespace Skerry.Guard.Patterns;

/// <summary>A shell pattern over a whole text as fnmatch(3) without flags has it: *, ?, [a-z], [!a-z], backslash; slashes are nothing special.</summary>
/// <remarks>A star that fails is tried again one byte on, and only the last star: time is text × pattern at worst.</remarks>
internal sealed class GlobPattern
{
    private readonly byte[] _pattern;
    private readonly bool _anyCase;

    public GlobPattern(string pattern, bool anyCase = false)
    {
        _anyCase = anyCase;
        var bytes = ((Text)pattern).Span;
        _pattern = anyCase ? AsciiCase.Lower(bytes) : bytes.ToArray();
    }

    public bool Matches(ReadOnlySpan<byte> text) => Matches(_pattern, text, _anyCase);

    /// <summary>As the instance does; a pattern for any case must be in lower case.</summary>
    public static bool Matches(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> text, bool anyCase)
    {
        int at = 0, inPattern = 0, star = -1, starText = 0;
        while (at < text.Length)
        {
            var value = anyCase ? AsciiCase.Lower(text[at]) : text[at];
            if (inPattern < pattern.Length && pattern[inPattern] == '*')
            {
                (star, starText) = (inPattern++, at);
            }
            else if (inPattern < pattern.Length && MatchesOne(pattern, value, inPattern, out var next))
            {
                at += pattern[inPattern] is (byte)'?' ? Utf8Length(text[at..]) : 1;
                inPattern = next;
            }
            else if (star >= 0)
            {
                (inPattern, at) = (star + 1, ++starText);
            }
            else
            {
                return false;
            }
        }

        while (inPattern < pattern.Length && pattern[inPattern] == '*')
        {
            inPattern++;
        }

        return inPattern == pattern.Length;
    }

    /// <summary>Bytes of the character at the start, so that a question mark is a character and not a byte.</summary>
    private static int Utf8Length(ReadOnlySpan<byte> text)
    {
        var length = 1;
        if (text[0] >= 0xC0)
        {
            while (length < text.Length && length < 4 && (text[length] & 0xC0) == 0x80)
            {
                length++;
            }
        }

        return length;
    }

    private static bool MatchesOne(ReadOnlySpan<byte> pattern, byte value, int at, out int next)
    {
        next = at + 1;
        switch (pattern[at])
        {
            case (byte)'?':
                return true;
            case (byte)'[' when EndOfSet(pattern, at) is > 0 and var end:
                next = end + 1;
                return IsInSet(pattern, value, at + 1, end);
            case (byte)'\\' when at + 1 < pattern.Length:
                next = at + 2;
                return pattern[at + 1] == value;
            default:
                return pattern[at] == value;
        }
    }

    private static int EndOfSet(ReadOnlySpan<byte> pattern, int at)
    {
        var first = at + 1;
        if (first < pattern.Length && pattern[first] is (byte)'!' or (byte)'^')
        {
            first++;
        }

        var length = first + 1 < pattern.Length ? pattern[(first + 1)..].IndexOf((byte)']') : -1;
        return length < 0 ? -1 : first + 1 + length;
    }

    private static bool IsInSet(ReadOnlySpan<byte> pattern, byte value, int at, int end)
    {
        var isNegated = pattern[at] is (byte)'!' or (byte)'^';
        var isIn = false;
        for (var i = isNegated ? at + 1 : at; i < end; i++)
        {
            if (i + 2 < end && pattern[i + 1] == '-')
            {
                isIn |= pattern[i] <= value && value <= pattern[i + 2];
                i += 2;
            }
            else
            {
                isIn |= pattern[i] == value;
            }
        }

        return isIn != isNegated;
    }
}
