namespace Skerry.Cli.Keys;

/// <summary>
/// The parts of a URI that names a key: what stands before the question mark and the attributes after it, with percent signs undone (RFC 3986, 2.1).
/// No message about one shows what stands after the question mark, where PINs are.
/// </summary>
internal sealed class KeyUri
{
    private const int MaxLength = 4096;
    private readonly Dictionary<string, string> _query = new(StringComparer.Ordinal);

    private KeyUri(string shown, string path) => (Shown, Path) = (shown, path);

    /// <summary>What may be shown of it.</summary>
    internal string Shown { get; }

    /// <summary>Between the scheme and the question mark, as it was written.</summary>
    internal string Path { get; }

    /// <exception cref="FormatException">It is malformed.</exception>
    internal static KeyUri Parse(string text, string scheme, params string[] attributes)
    {
        if (text.Length > MaxLength)
        {
            throw new FormatException($"{scheme} a URI of more than {MaxLength} characters");
        }

        var mark = text.IndexOf('?', StringComparison.Ordinal);
        var shown = mark < 0 ? text : text[..mark];
        var uri = new KeyUri(shown, shown[scheme.Length..]);
        foreach (var pair in mark < 0 ? [] : text[(mark + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = Pair(pair, shown);
            if (!attributes.Contains(name, StringComparer.Ordinal))
            {
                throw new FormatException($"{shown}: the attribute '{name}' after the question mark is not known; {string.Join(", ", attributes)} are");
            }

            if (!uri._query.TryAdd(name, Text(value, shown)))
            {
                throw new FormatException($"{shown}: '{name}' stands there twice");
            }
        }

        return uri;
    }

    /// <summary>An attribute after the question mark, or null.</summary>
    internal string? Query(string name) => _query.GetValueOrDefault(name);

    /// <summary>NAME=VALUE.</summary>
    internal static (string Name, string Value) Pair(string text, string shown)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 ? (text[..equals], text[(equals + 1)..]) : throw new FormatException($"{shown}: an attribute that is not NAME=VALUE");
    }

    internal static string Text(string value, string shown)
    {
        try
        {
            return new System.Text.UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Bytes(value, shown));
        }
        catch (System.Text.DecoderFallbackException e)
        {
            throw new FormatException($"{shown}: a value that is not UTF-8", e);
        }
    }

    internal static byte[] Bytes(string value, string shown)
    {
        var plain = System.Text.Encoding.UTF8.GetBytes(value);
        var bytes = new List<byte>(plain.Length);
        for (var i = 0; i < plain.Length; i++)
        {
            if (plain[i] != '%')
            {
                bytes.Add(plain[i]);
                continue;
            }

            if (i + 2 >= plain.Length || !char.IsAsciiHexDigit((char)plain[i + 1]) || !char.IsAsciiHexDigit((char)plain[i + 2]))
            {
                throw new FormatException($"{shown}: a percent sign without two hexadecimal digits after it");
            }

            bytes.Add(Convert.FromHexString([(char)plain[i + 1], (char)plain[i + 2]])[0]);
            i += 2;
        }

        return [.. bytes];
    }
}
