using System.Formats.Asn1;
using System.Text;
using Skerry.Oci.Trust.Certificates;

namespace Skerry.Oci.Trust.Sigstore;

/// <summary>Reads whom Fulcio certified, and by whose word (sigstore/fulcio docs/certificate-specification.md, docs/oid-info.md).</summary>
internal static class FulcioIdentity
{
    public static (string Issuer, string Subject) Of(Certificate certificate)
    {
        var names = AlternativeNames.Of(certificate);
        return names.Count == 1 ? (Issuer(certificate), names[0].Value) : throw new TrustException($"the certificate has {names.Count} alternative names, and must have one");
    }

    // the newer extension holds a UTF8String, the older one bare text; where both are, they must agree
    private static string Issuer(Certificate certificate)
    {
        string? issuer = null;
        if (certificate.Extension(Oids.FulcioIssuerV2) is { } second)
        {
            var reader = new AsnReader(second.Value, AsnEncodingRules.DER);
            issuer = reader.ReadCharacterString(UniversalTagNumber.UTF8String);
            reader.ThrowIfNotEmpty();
        }

        if (certificate.Extension(Oids.FulcioIssuerV1) is { } first)
        {
            var text = Encoding.UTF8.GetString(first.Value.Span);
            issuer = issuer is null || issuer == text ? text : throw new TrustException("the certificate names two issuers");
        }

        return issuer ?? throw new TrustException("the certificate names no issuer of the identity");
    }
}
