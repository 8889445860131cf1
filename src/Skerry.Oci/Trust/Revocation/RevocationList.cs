using System.Formats.Asn1;
using Skerry.Oci.Trust.Certificates;
using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Revocation;

/// <summary>Looks a certificate up in a revocation list (RFC 5280 §5).</summary>
/// <remarks>Only whole lists of the issuer itself: lists with critical extensions (deltas, parts, indirect ones) are refused.</remarks>
internal static class RevocationList
{
    private const string Format = "revocation list";
    private static readonly Asn1Tag ExtensionsTag = new(TagClass.ContextSpecific, 0);

    /// <summary>Null when the list is of another issuer.</summary>
    public static RevocationFinding? Find(ReadOnlyMemory<byte> der, Certificate certificate, Certificate issuer, DateTimeOffset now)
    {
        if (der.Length > TrustLimits.MaxRevocationList)
        {
            throw new OciFormatException(Format, null, $"{der.Length} bytes; at most {TrustLimits.MaxRevocationList} are taken");
        }

        try
        {
            return Read(der, certificate, issuer, now);
        }
        catch (AsnContentException e)
        {
            throw new OciFormatException(Format, null, "not a list in DER: " + e.Message, e);
        }
    }

    private static RevocationFinding? Read(ReadOnlyMemory<byte> der, Certificate certificate, Certificate issuer, DateTimeOffset now)
    {
        var reader = new AsnReader(der, AsnEncodingRules.DER);
        var outer = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        var signed = outer.PeekEncodedValue();
        var list = outer.ReadSequence();
        var algorithm = outer.ReadEncodedValue();
        var signature = outer.ReadBitString(out _);
        if (list.PeekTag().HasSameClassAndValue(Asn1Tag.Integer))
        {
            list.ReadInteger();
        }

        var inner = list.ReadEncodedValue();
        if (!list.ReadEncodedValue().Span.SequenceEqual(issuer.Subject.Der.Span))
        {
            return null;
        }

        var mayList = issuer.Uses is not { } uses || uses.HasFlag(KeyUses.CrlSign);
        if (!mayList || !inner.Span.SequenceEqual(algorithm.Span) || !issuer.Key.Verify(SignatureAlgorithms.Read(algorithm), signed.Span, signature))
        {
            throw new TrustException($"the revocation list of '{issuer}' is not signed by its key");
        }

        var since = Certificate.ReadTime(list);
        DateTimeOffset? until = list.HasData && IsTime(list.PeekTag()) ? Certificate.ReadTime(list) : null;
        if (now < since || until is not { } end || now > end)
        {
            throw new TrustException($"the revocation list of '{issuer}' is from {Rfc3339.Text(since)} and {(until is { } e ? "good until " + Rfc3339.Text(e) : "says no end")}");
        }

        var revoked = list.HasData && list.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence) ? Entry(list.ReadSequence(), certificate) : null;
        if (list.HasData)
        {
            Refuse(Certificate.ReadExtensionList(list.ReadSequence(ExtensionsTag).ReadSequence()));
        }

        return revoked is { } at
            ? new RevocationFinding(RevocationState.Revoked, $"'{certificate}' was revoked at {Rfc3339.Text(at)}, says the list of '{issuer}'")
            : new RevocationFinding(RevocationState.Good, $"'{certificate}' is not in the list of '{issuer}'", end);
    }

    private static DateTimeOffset? Entry(AsnReader entries, Certificate certificate)
    {
        DateTimeOffset? found = null;
        while (entries.HasData)
        {
            var entry = entries.ReadSequence();
            var serial = entry.ReadIntegerBytes();
            var at = Certificate.ReadTime(entry);
            if (entry.HasData)
            {
                Refuse(Certificate.ReadExtensionList(entry.ReadSequence()));
            }

            found = serial.Span.SequenceEqual(certificate.Serial.Span) ? at : found;
        }

        return found;
    }

    private static void Refuse(List<CertificateExtension> extensions)
    {
        if (extensions.Find(static e => e.IsCritical) is { } critical)
        {
            throw new TrustException($"a revocation list with the critical extension {critical.Oid}, which is not understood");
        }
    }

    private static bool IsTime(Asn1Tag tag) => tag.HasSameClassAndValue(Asn1Tag.UtcTime) || tag.HasSameClassAndValue(Asn1Tag.GeneralizedTime);
}
