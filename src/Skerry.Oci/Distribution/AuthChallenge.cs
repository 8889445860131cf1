namespace Skerry.Oci.Distribution;

/// <summary>One challenge of a <c>WWW-Authenticate</c> header (RFC 9110 section 11.6.1).</summary>
internal sealed record AuthChallenge(string Scheme, IReadOnlyDictionary<string, string> Parameters)
{
    private const int MaxLength = 16 * 1024;

    /// <summary>Reads all challenges of a header value; what cannot be read ends the list.</summary>
    public static List<AuthChallenge> Parse(string header)
    {
        var result = new List<AuthChallenge>();
        var at = 0;
        header = header.Length > MaxLength ? header[..MaxLength] : header;
        while (true)
        {
            SkipSeparators(header, ref at);
            var scheme = Token(header, ref at);
            if (scheme.Length == 0)
            {
                return result;
            }

            var parameters = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            result.Add(new AuthChallenge(scheme, parameters));
            while (true)
            {
                // "name = value" belongs to this scheme; a token without '=' is the next scheme
                SkipSeparators(header, ref at);
                var back = at;
                var name = Token(header, ref at);
                SkipSpaces(header, ref at);
                if (name.Length == 0 || at >= header.Length || header[at] != '=')
                {
                    at = back;
                    break;
                }

                at++;
                SkipSpaces(header, ref at);
                parameters[name] = at < header.Length && header[at] == '"' ? Quoted(header, ref at) : Token(header, ref at);
            }
        }
    }

    private static string Token(string text, ref int at)
    {
        var start = at;
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || "!#$%&'*+-.^_`|~:/".Contains(text[at], StringComparison.Ordinal)))
        {
            at++;
        }

        return text[start..at];
    }

    private static string Quoted(string text, ref int at)
    {
        var value = new System.Text.StringBuilder();
        for (at++; at < text.Length && text[at] != '"'; at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length)
            {
                at++;
            }

            value.Append(text[at]);
        }

        at = Math.Min(at + 1, text.Length);
        return value.ToString();
    }

    private static void SkipSeparators(string text, ref int at)
    {
        while (at < text.Length && text[at] is (' ' or ',' or '\t'))
        {
            at++;
        }
    }

    private static void SkipSpaces(string text, ref int at)
    {
        while (at < text.Length && text[at] is (' ' or '\t'))
        {
            at++;
        }
    }
}
