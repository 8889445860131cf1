namespace Skerry.Oci.Trust.Tuf;

/// <summary>Shell-style patterns of delegated paths (TUF 1.0.33 §4.5): <c>*</c> and <c>?</c> match no slash, <c>[…]</c> is a class.</summary>
internal static class PathPattern
{
    internal static bool Matches(string pattern, string path)
    {
        var (parts, names) = (pattern.Split('/'), path.Split('/'));
        return parts.Length == names.Length && parts.Zip(names).All(static p => MatchesPart(p.First, p.Second));
    }

    /// <summary>One part of a path, in time that is the product of the lengths.</summary>
    private static bool MatchesPart(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        var (p, n, star, mark) = (0, 0, -1, 0);
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                (star, mark) = (p++, n);
            }
            else if (p < pattern.Length && One(pattern[p..], name[n]) is > 0 and var length)
            {
                p += length;
                n++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                n = ++mark;
            }
            else
            {
                return false;
            }
        }

        return pattern[p..].Trim('*').IsEmpty;
    }

    /// <summary>How many characters of the pattern match this one; 0: they do not.</summary>
    private static int One(ReadOnlySpan<char> pattern, char c)
    {
        if (pattern[0] == '?')
        {
            return 1;
        }

        // A ] that comes first, also behind a !, is one of the class.
        var from = pattern.Length > 1 && pattern[1] == '!' ? 2 : 1;
        var end = pattern[0] == '[' && pattern.Length > from + 1 ? pattern[(from + 1)..].IndexOf(']') : -1;
        if (end < 0)
        {
            return pattern[0] == c ? 1 : 0;
        }

        var inner = pattern.Slice(from, end + 1);
        var found = false;
        for (var i = 0; i < inner.Length; i++)
        {
            if (i + 2 < inner.Length && inner[i + 1] == '-')
            {
                found |= c >= inner[i] && c <= inner[i + 2];
                i += 2;
            }
            else
            {
                found |= inner[i] == c;
            }
        }

        return found != (from == 2) ? from + end + 2 : 0;
    }
}
