using System.Formats.Asn1;

namespace Skerry.Oci.Trust.Certificates;

/// <summary>A name in a certificate: its attributes in the order of the DER, and the DER itself, by which names are compared.</summary>
internal sealed class DistinguishedName
{
    private const int MaxAttributes = 64;

    private static readonly Dictionary<string, string> ShortNames = new(StringComparer.Ordinal)
    {
        // RFC 4514 §3, RFC 4519 and, for the last, PKCS #9
        ["2.5.4.3"] = "CN", ["2.5.4.6"] = "C", ["2.5.4.7"] = "L", ["2.5.4.8"] = "ST", ["2.5.4.9"] = "STREET", ["2.5.4.10"] = "O", ["2.5.4.11"] = "OU",
        ["2.5.4.5"] = "SERIALNUMBER", ["2.5.4.17"] = "POSTALCODE", ["0.9.2342.19200300.100.1.25"] = "DC", ["0.9.2342.19200300.100.1.1"] = "UID",
        ["1.2.840.113549.1.9.1"] = "EMAILADDRESS",
    };

    private DistinguishedName(ReadOnlyMemory<byte> der, IReadOnlyList<NameAttribute> attributes) => (Der, Attributes) = (der, attributes);

    public ReadOnlyMemory<byte> Der { get; }

    public IReadOnlyList<NameAttribute> Attributes { get; }

    public bool IsEmpty => Attributes.Count == 0;

    public static DistinguishedName Read(ReadOnlyMemory<byte> der)
    {
        var attributes = new List<NameAttribute>();
        var names = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        while (names.HasData)
        {
            // DER sorts sets; certificates with a set out of order exist, and only the bytes are compared
            var set = names.ReadSetOf(skipSortOrderValidation: true);
            while (set.HasData)
            {
                var pair = set.ReadSequence();
                var oid = pair.ReadObjectIdentifier();
                var tag = pair.PeekTag();
                var value = tag.TagClass == TagClass.Universal && (UniversalTagNumber)tag.TagValue is UniversalTagNumber.UTF8String or UniversalTagNumber.PrintableString
                    or UniversalTagNumber.IA5String or UniversalTagNumber.T61String or UniversalTagNumber.BMPString or UniversalTagNumber.NumericString or UniversalTagNumber.VisibleString
                    ? pair.ReadCharacterString((UniversalTagNumber)tag.TagValue)
                    : "#" + Convert.ToHexStringLower(pair.ReadEncodedValue().Span);
                pair.ThrowIfNotEmpty();
                if (attributes.Count == MaxAttributes)
                {
                    throw new OciFormatException("certificate", null, $"a name of more than {MaxAttributes} attributes");
                }

                attributes.Add(new NameAttribute(ShortNames.GetValueOrDefault(oid, oid), value));
            }
        }

        return new DistinguishedName(der, attributes);
    }

    public bool IsSame(DistinguishedName other) => Der.Span.SequenceEqual(other.Der.Span);

    /// <summary>As RFC 4514 writes it, last attribute first; control characters are shown as <c>?</c>.</summary>
    public override string ToString() => IsEmpty ? "(no name)" : string.Join(',', Attributes.Reverse().Select(static a => $"{a.Type}={Escape(a.Value)}"));

    private static string Escape(string value) =>
        string.Concat(value.Select(static c => char.IsControl(c) ? "?" : c is ',' or '+' or '"' or '\\' or '<' or '>' or ';' or '=' ? $"\\{c}" : c.ToString()));
}
