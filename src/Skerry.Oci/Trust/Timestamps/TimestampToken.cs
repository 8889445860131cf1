using System.Formats.Asn1;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using Skerry.Oci.Trust.Certificates;
using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Timestamps;

/// <summary>Checks a time stamp (RFC 3161) over a signature against the authorities that are trusted for it.</summary>
internal static class TimestampToken
{
    private const string Format = "time stamp";
    private const int MaxToken = 64 * 1024;
    private static readonly TimeSpan MaxAccuracy = TimeSpan.FromMinutes(10);

    /// <param name="der">The token (a CMS message), or a whole answer of a time-stamping server.</param>
    /// <param name="message">What was stamped.</param>
    /// <exception cref="TrustException">It is not a stamp of this message by one of the authorities.</exception>
    public static ProvenTime Verify(ReadOnlyMemory<byte> der, ReadOnlySpan<byte> message, IReadOnlyList<CertificateAuthority> authorities)
    {
        if (der.Length > MaxToken)
        {
            throw new OciFormatException(Format, null, $"{der.Length} bytes; at most {MaxToken} are taken");
        }

        var bytes = Unwrap(der);
        if (!Rfc3161TimestampToken.TryDecode(bytes, out var token, out var used) || used != bytes.Length)
        {
            throw new OciFormatException(Format, null, "not a time-stamp token of RFC 3161");
        }

        _ = SignatureAlgorithms.HashOf(token.TokenInfo.HashAlgorithmId.Value ?? "");
        var cms = token.AsSignedCms();
        if (cms.SignerInfos.Count != 1)
        {
            throw new TrustException($"a time stamp with {cms.SignerInfos.Count} signers");
        }

        _ = SignatureAlgorithms.HashOf(cms.SignerInfos[0].DigestAlgorithm.Value ?? "");
        var known = authorities.SelectMany(static a => a.Intermediates.Append(a.Root)).Take(TrustLimits.MaxCertificates * 4).ToList();
        var extra = new X509Certificate2Collection();
        if (cms.Certificates.Count == 0)
        {
            extra.AddRange(known.Select(static c => X509CertificateLoader.LoadCertificate(c.Raw.Span)).ToArray());
        }

        if (!token.VerifySignatureForData(message, out var signer, extra) || signer is null)
        {
            throw new TrustException("the time stamp is not over this signature, or its own signature is wrong");
        }

        var time = token.TokenInfo.Timestamp;
        var accuracy = Accuracy(token.TokenInfo.AccuracyInMicroseconds);
        var pool = cms.Certificates.Take(TrustLimits.MaxCertificates).Select(static c => Certificate.FromDer(c.RawDataMemory.Span)).ToList();
        var read = Certificate.FromDer(signer.RawDataMemory.Span);
        var source = ByAuthority(known.Find(read.IsSame) ?? read, pool, authorities, time);
        return new ProvenTime(time, accuracy, source);
    }

    private static TimeSpan Accuracy(long? microseconds) => microseconds is not { } value ? TimeSpan.Zero
        : value >= 0 && value <= MaxAccuracy.TotalMicroseconds ? TimeSpan.FromMicroseconds(value) : throw new TrustException("a time stamp that may be off by more than ten minutes");

    private static string ByAuthority(Certificate signer, List<Certificate> pool, IReadOnlyList<CertificateAuthority> authorities, DateTimeOffset time)
    {
        TrustException? reason = null;
        foreach (var authority in authorities)
        {
            try
            {
                CertificatePath.Find(signer, [.. authority.Intermediates, .. pool], [authority.Root], CertificatePurpose.TimeStamping, time);
                if (authority.ValidFor.Covers(time))
                {
                    return $"time-stamping authority '{signer}'";
                }

                reason = new TrustException($"the time-stamping authority '{authority.Root}' is not trusted at {Rfc3339.Text(time)}");
            }
            catch (TrustException e)
            {
                reason = e;
            }
        }

        throw reason ?? new TrustException("no time-stamping authority is trusted");
    }

    // RFC 3161 §2.4.2: TimeStampResp ::= SEQUENCE { status PKIStatusInfo, timeStampToken }; a token itself begins with an object identifier.
    private static ReadOnlyMemory<byte> Unwrap(ReadOnlyMemory<byte> der)
    {
        try
        {
            var reader = new AsnReader(der, AsnEncodingRules.BER);
            var outer = reader.ReadSequence();
            reader.ThrowIfNotEmpty();
            if (outer.PeekTag().HasSameClassAndValue(Asn1Tag.ObjectIdentifier))
            {
                return der;
            }

            const int GrantedWithMods = 1;
            var status = outer.ReadSequence().ReadInteger();
            if (status < 0 || status > GrantedWithMods)
            {
                throw new TrustException($"the time-stamping server refused (status {status})");
            }

            var token = outer.ReadEncodedValue();
            outer.ThrowIfNotEmpty();
            return token;
        }
        catch (AsnContentException e)
        {
            throw new OciFormatException(Format, null, "not in DER: " + e.Message, e);
        }
    }
}
