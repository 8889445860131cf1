namespace Skerry.Architecture.Tests;

/// <summary>Tells C# code from its comments and literals, well enough to look for words in the code alone.</summary>
internal static class SourceText
{
    /// <summary>The text with every comment and literal replaced by blanks; offsets and line ends stay.</summary>
    public static string Blank(string text)
    {
        var code = text.ToCharArray();
        var at = 0;
        while (at < code.Length)
        {
            var end = EndOfTrivia(text, at);
            if (end == at)
            {
                at++;
                continue;
            }

            for (; at < end; at++)
            {
                code[at] = code[at] == '\n' ? '\n' : ' ';
            }
        }

        return new string(code);
    }

    /// <summary>Where the comment or literal that starts at <paramref name="at"/> ends; <paramref name="at"/> if none starts there.</summary>
    private static int EndOfTrivia(string text, int at)
    {
        var rest = text.AsSpan(at);
        if (rest.StartsWith("//"))
        {
            return After(text, "\n", at);
        }

        if (rest.StartsWith("/*"))
        {
            return After(text, "*/", at + 2);
        }

        if (rest[0] == '\'')
        {
            return EndOfQuoted(text, at + 1, '\'');
        }

        // $"…", @"…", $@"…" and raw literals: what is in the holes of an interpolated literal counts as literal.
        var prefix = rest.IndexOfAnyExcept('$', '@');
        if (prefix < 0 || rest[prefix] != '"')
        {
            return at;
        }

        var start = at + prefix;
        var quotes = text.AsSpan(start).IndexOfAnyExcept('"');
        quotes = quotes < 0 ? text.Length - start : quotes;
        if (quotes >= 3)
        {
            return After(text, new string('"', quotes), start + quotes);
        }

        if (quotes == 2)
        {
            return start + 2;
        }

        return rest[..prefix].Contains('@') ? EndOfVerbatim(text, start + 1) : EndOfQuoted(text, start + 1, '"');
    }

    private static int After(string text, string mark, int from)
    {
        var found = text.IndexOf(mark, Math.Min(from, text.Length), StringComparison.Ordinal);
        return found < 0 ? text.Length : found + mark.Length;
    }

    private static int EndOfQuoted(string text, int at, char quote)
    {
        while (at < text.Length && text[at] != quote && text[at] != '\n')
        {
            at += text[at] == '\\' ? 2 : 1;
        }

        return Math.Min(at + 1, text.Length);
    }

    private static int EndOfVerbatim(string text, int at)
    {
        for (; at < text.Length; at++)
        {
            if (text[at] == '"')
            {
                if (at + 1 >= text.Length || text[at + 1] != '"')
                {
                    return at + 1;
                }

                at++;
            }
        }

        return text.Length;
    }
}
