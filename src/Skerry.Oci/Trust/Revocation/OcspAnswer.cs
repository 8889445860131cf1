using System.Formats.Asn1;
using System.Security.Cryptography;
using Skerry.Oci.Trust.Certificates;
using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Revocation;

/// <summary>Looks a certificate up in an answer of an OCSP responder (RFC 6960 §4.2).</summary>
/// <remarks>The answer must be signed by the issuer, or by a certificate that the issuer made for just that.</remarks>
internal static class OcspAnswer
{
    private const string Format = "OCSP answer";
    private const int MaxAnswer = 64 * 1024;
    private const string Basic = "1.3.6.1.5.5.7.48.1.1";
    private static readonly Asn1Tag Tag0 = new(TagClass.ContextSpecific, 0);
    private static readonly Asn1Tag Tag1 = new(TagClass.ContextSpecific, 1);

    /// <summary>Null when the answer is not about this certificate.</summary>
    public static RevocationFinding? Find(ReadOnlyMemory<byte> der, Certificate certificate, Certificate issuer, DateTimeOffset now)
    {
        if (der.Length > MaxAnswer)
        {
            throw new OciFormatException(Format, null, $"{der.Length} bytes; at most {MaxAnswer} are taken");
        }

        try
        {
            return Read(der, certificate, issuer, now);
        }
        catch (AsnContentException e)
        {
            throw new OciFormatException(Format, null, "not an answer in DER: " + e.Message, e);
        }
    }

    private static RevocationFinding? Read(ReadOnlyMemory<byte> der, Certificate certificate, Certificate issuer, DateTimeOffset now)
    {
        var reader = new AsnReader(der, AsnEncodingRules.DER);
        var outer = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        if (outer.ReadEnumeratedBytes().Span is not [0])
        {
            throw new TrustException("the OCSP responder could not answer");
        }

        var answer = outer.ReadSequence(Tag0).ReadSequence();
        if (answer.ReadObjectIdentifier() != Basic)
        {
            throw new TrustException("an OCSP answer of a kind that is not known");
        }

        var basic = new AsnReader(answer.ReadOctetString(), AsnEncodingRules.DER).ReadSequence();
        var signed = basic.PeekEncodedValue();
        var data = basic.ReadSequence();
        var algorithm = basic.ReadEncodedValue();
        var signature = basic.ReadBitString(out _);
        var single = Single(data, certificate, issuer);
        if (single is null)
        {
            return null;
        }

        var signer = Signer(basic, issuer, now, key => key.Key.Verify(SignatureAlgorithms.Read(algorithm), signed.Span, signature));
        return signer ? State(single, certificate, now) : throw new TrustException($"the OCSP answer is signed neither by '{issuer}' nor by a responder of it");
    }

    private static bool Signer(AsnReader basic, Certificate issuer, DateTimeOffset now, Func<Certificate, bool> signed)
    {
        if (signed(issuer))
        {
            return true;
        }

        if (!basic.HasData)
        {
            return false;
        }

        var list = basic.ReadSequence(Tag0).ReadSequence();
        for (var i = 0; list.HasData && i < TrustLimits.MaxCertificates; i++)
        {
            var responder = Certificate.FromDer(list.ReadEncodedValue().Span);
            if (responder.Issuer.IsSame(issuer.Subject) && responder.IsValidAt(now) && responder.ExtendedUses is { } uses && uses.Contains(Oids.OcspSigning, StringComparer.Ordinal)
                && responder.IsSignedBy(issuer.Key) && signed(responder))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What the answer says of the certificate, after its id.</summary>
    private static AsnReader? Single(AsnReader data, Certificate certificate, Certificate issuer)
    {
        if (data.PeekTag().HasSameClassAndValue(Tag0))
        {
            data.ReadEncodedValue(); // version
        }

        data.ReadEncodedValue(); // responder
        data.ReadGeneralizedTime(); // when it was made
        var answers = data.ReadSequence();
        while (answers.HasData)
        {
            var single = answers.ReadSequence();
            var id = single.ReadSequence();
            var hash = HashOf(id.ReadSequence().ReadObjectIdentifier());
            var (name, key, serial) = (id.ReadOctetString(), id.ReadOctetString(), id.ReadIntegerBytes());
            if (serial.Span.SequenceEqual(certificate.Serial.Span) && hash is { } known
                && CryptographicOperations.HashData(known, issuer.Subject.Der.Span).AsSpan().SequenceEqual(name)
                && CryptographicOperations.HashData(known, KeyBits(issuer)).AsSpan().SequenceEqual(key))
            {
                return single;
            }
        }

        return null;
    }

    private static RevocationFinding State(AsnReader single, Certificate certificate, DateTimeOffset now)
    {
        var status = single.PeekTag().TagValue;
        var info = single.ReadEncodedValue();
        var since = single.ReadGeneralizedTime();
        DateTimeOffset? until = single.HasData && single.PeekTag().HasSameClassAndValue(Tag0) ? single.ReadSequence(Tag0).ReadGeneralizedTime() : null;
        if (now < since || until is not { } end || now > end)
        {
            throw new TrustException($"the OCSP answer on '{certificate}' is from {Rfc3339.Text(since)} and {(until is { } e ? "good until " + Rfc3339.Text(e) : "says no end")}");
        }

        return status switch
        {
            0 => new RevocationFinding(RevocationState.Good, $"'{certificate}' is good, says its OCSP responder", end),
            1 => new RevocationFinding(RevocationState.Revoked, $"'{certificate}' was revoked at {Rfc3339.Text(new AsnReader(info, AsnEncodingRules.DER).ReadSequence(Tag1).ReadGeneralizedTime())}, says its OCSP responder"),
            _ => new RevocationFinding(RevocationState.Unknown, $"the OCSP responder does not know '{certificate}'"),
        };
    }

    // The hash only tells which certificate is meant, so SHA-1, which most responders use, is no danger here.
    private static HashAlgorithmName? HashOf(string oid) => oid switch
    {
        "1.3.14.3.2.26" => HashAlgorithmName.SHA1,
        "2.16.840.1.101.3.4.2.1" => HashAlgorithmName.SHA256,
        _ => null,
    };

    private static byte[] KeyBits(Certificate issuer)
    {
        var info = new AsnReader(issuer.SubjectKeyInfo, AsnEncodingRules.DER).ReadSequence();
        info.ReadEncodedValue();
        return info.ReadBitString(out _);
    }
}
