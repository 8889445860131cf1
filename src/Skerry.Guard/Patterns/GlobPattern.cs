using Skerry.Guard.Conditions;

namespace Skerry.Guard.Patterns;

/// <summary>
/// A shell pattern over a whole text as fnmatch(3) without flags has it in the C locale: *, ?, [a-z], [!a-z], [[:alpha:]], backslash;
/// slashes are nothing special, and a character is a byte.
/// </summary>
/// <remarks>A star that fails is tried again one byte on, and only the last star: time is text × pattern at worst.</remarks>
internal sealed class GlobPattern
{
    private readonly byte[] _pattern;
    private readonly bool _anyCase;

    public GlobPattern(string pattern, bool anyCase = false)
    {
        _anyCase = anyCase;
        var bytes = EscapedBytes.Of(pattern);
        _pattern = anyCase ? AsciiCase.Lower(bytes) : bytes;
    }

    public bool Matches(ReadOnlySpan<byte> text) => Matches(_pattern, text, _anyCase);

    /// <summary>As the instance does; a pattern for any case must be in lower case.</summary>
    public static bool Matches(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> text, bool anyCase)
    {
        int at = 0, inPattern = 0, star = -1, starText = 0;
        while (at < text.Length)
        {
            var folded = anyCase ? AsciiCase.Lower(text[at]) : text[at];
            if (inPattern < pattern.Length && pattern[inPattern] == '*')
            {
                (star, starText) = (inPattern++, at);
            }
            else if (inPattern < pattern.Length && MatchesOne(pattern, text[at], folded, inPattern, out var next))
            {
                at++;
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

    private static bool MatchesOne(ReadOnlySpan<byte> pattern, byte value, byte folded, int at, out int next)
    {
        next = at + 1;
        switch (pattern[at])
        {
            case (byte)'?':
                return true;
            case (byte)'[' when GlobSet.Read(pattern, at, value, folded) is { } set:
                next = set.End;
                return set.Matches;
            case (byte)'\\' when at + 1 < pattern.Length:
                next = at + 2;
                return pattern[at + 1] == folded;
            default:
                return pattern[at] == folded;
        }
    }
}
