using System.Text;
using Skerry.Oci.Trust.Certificates;

namespace Skerry.Oci.Trust.Notation;

/// <summary>A subject that may sign: attributes that the certificate's name must have, each with this value.</summary>
/// <remarks>Source: notaryproject/specifications trust-store-trust-policy.md, "Trusted Identities"; names as RFC 4514 writes them.</remarks>
internal sealed class TrustedIdentity
{
    private const string Prefix = "x509.subject:";
    private static readonly string[] Needed = ["C", "ST", "O"];

    private readonly string _text;
    private readonly Dictionary<string, string> _attributes; // empty: anybody

    private TrustedIdentity(string text, Dictionary<string, string> attributes) => (_text, _attributes) = (text, attributes);

    public bool IsAnybody => _attributes.Count == 0;

    public static TrustedIdentity Parse(string text)
    {
        if (text == "*")
        {
            return new TrustedIdentity(text, []);
        }

        if (!text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            throw new OciFormatException("trusted identity", null, $"'{text}' is neither * nor {Prefix} with a name");
        }

        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in Split(text[Prefix.Length..], ','))
        {
            var pair = Split(part, '=');
            if (pair.Count != 2 || pair[0].Trim().Length == 0 || Split(part, '+').Count > 1 || !attributes.TryAdd(Canonical(pair[0]), Unescape(pair[1].Trim())))
            {
                throw new OciFormatException("trusted identity", null, $"'{part}' is not one attribute=value, or the attribute occurs twice");
            }
        }

        return Array.TrueForAll(Needed, attributes.ContainsKey)
            ? new TrustedIdentity(text, attributes)
            : throw new OciFormatException("trusted identity", null, $"'{text}' must have the attributes {string.Join(", ", Needed)}");
    }

    public bool Matches(DistinguishedName subject)
    {
        foreach (var (type, value) in _attributes)
        {
            var found = subject.Attributes.Where(a => a.Type == type).Take(2).ToList();
            if (found.Count != 1 || found[0].Value != value)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether whoever the other lets in, this one lets in too, or the other way round.</summary>
    public bool Overlaps(TrustedIdentity other) => Covers(this, other) || Covers(other, this);

    public override string ToString() => _text;

    private static bool Covers(TrustedIdentity wide, TrustedIdentity narrow) =>
        wide._attributes.All(a => narrow._attributes.TryGetValue(a.Key, out var value) && value == a.Value);

    private static string Canonical(string type) => type.Trim().ToUpperInvariant() is var upper && upper == "S" ? "ST" : upper;

    private static List<string> Split(string text, char separator)
    {
        var (parts, current) = (new List<string>(), new StringBuilder());
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length)
            {
                current.Append(text[i]).Append(text[++i]);
            }
            else if (text[i] == separator)
            {
                parts.Add(current.ToString());
                current.Clear();
            }
            else
            {
                current.Append(text[i]);
            }
        }

        parts.Add(current.ToString());
        return parts;
    }

    private static string Unescape(string value)
    {
        var bytes = new List<byte>();
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] != '\\' || i + 1 == value.Length)
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(value, i, char.IsHighSurrogate(value[i]) && i + 1 < value.Length ? 2 : 1));
                i += char.IsHighSurrogate(value[i]) ? 1 : 0;
            }
            else if (i + 2 < value.Length && char.IsAsciiHexDigit(value[i + 1]) && char.IsAsciiHexDigit(value[i + 2]))
            {
                bytes.Add(Convert.ToByte(value.Substring(i + 1, 2), 16));
                i += 2;
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(value, ++i, 1));
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }
}
