using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Keys;

/// <summary>What tokens and TPMs give and take, in the forms that certificates and signatures have.</summary>
internal static class KeyEncoding
{
    internal const string P256 = "1.2.840.10045.3.1.7"; // RFC 5480 §2.1.1.1
    internal const string P384 = "1.3.132.0.34";
    internal const string P521 = "1.3.132.0.35";

    /// <summary>SubjectPublicKeyInfo of a point on a curve (RFC 5480 §2), uncompressed (SEC 1 §2.3.3).</summary>
    internal static byte[] Curve(string curve, ReadOnlySpan<byte> point) => Write("1.2.840.10045.2.1", w => w.WriteObjectIdentifier(curve), point);

    /// <summary>SubjectPublicKeyInfo of Ed25519 (RFC 8410 §4).</summary>
    internal static byte[] Ed25519(ReadOnlySpan<byte> point) => Write("1.3.101.112", static _ => { }, point);

    /// <summary>SubjectPublicKeyInfo of RSA (RFC 3279 §2.3.1), from numbers without a sign.</summary>
    internal static byte[] Rsa(ReadOnlySpan<byte> modulus, ReadOnlySpan<byte> exponent)
    {
        var key = new AsnWriter(AsnEncodingRules.DER);
        using (key.PushSequence())
        {
            key.WriteInteger(new BigInteger(modulus, isUnsigned: true, isBigEndian: true));
            key.WriteInteger(new BigInteger(exponent, isUnsigned: true, isBigEndian: true));
        }

        return Write("1.2.840.113549.1.1.1", static w => w.WriteNull(), key.Encode());
    }

    /// <summary>The SubjectPublicKeyInfo in a certificate (RFC 5280 §4.1).</summary>
    /// <exception cref="AsnContentException">It is none.</exception>
    internal static byte[] OfCertificate(ReadOnlyMemory<byte> der)
    {
        var body = new AsnReader(der, AsnEncodingRules.DER).ReadSequence().ReadSequence();
        var version = new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true);
        if (body.PeekTag() == version)
        {
            body.ReadEncodedValue();
        }

        for (var skipped = 0; skipped < 5; skipped++) // serial number, algorithm, issuer, validity, subject
        {
            body.ReadEncodedValue();
        }

        return body.ReadEncodedValue().ToArray();
    }

    /// <summary>r and s as the demand wants them: in DER (RFC 3279 §2.2.3), or side by side and as long as the curve (IEEE P1363).</summary>
    internal static byte[] Ecdsa(SignatureDemand.Types.Form form, ReadOnlySpan<byte> r, ReadOnlySpan<byte> s, int curveBytes)
    {
        var (first, second) = (new BigInteger(r, isUnsigned: true, isBigEndian: true), new BigInteger(s, isUnsigned: true, isBigEndian: true));
        if (form == SignatureDemand.Types.Form.EcdsaDer)
        {
            var der = new AsnWriter(AsnEncodingRules.DER);
            using (der.PushSequence())
            {
                der.WriteInteger(first);
                der.WriteInteger(second);
            }

            return der.Encode();
        }

        var raw = new byte[2 * curveBytes];
        foreach (var (number, at) in ((BigInteger, int)[])[(first, curveBytes), (second, raw.Length)])
        {
            var bytes = number.ToByteArray(isUnsigned: true, isBigEndian: true);
            if (bytes.Length > curveBytes)
            {
                throw new CliFailure("what came back is longer than any signature on the key's curve; nothing was signed");
            }

            bytes.CopyTo(raw, at - bytes.Length);
        }

        return raw;
    }

    /// <summary>The hash that the demand says, over its message.</summary>
    internal static byte[] Hash(SignatureDemand demand) => demand.HashBits switch
    {
        256 => SHA256.HashData(demand.Message.Span),
        384 => SHA384.HashData(demand.Message.Span),
        512 => SHA512.HashData(demand.Message.Span),
        var bits => throw new CliFailure($"the node wants a hash of {bits} bits to be signed, which is none of SHA-2; are skerry and skerryd of one version?"),
    };

    /// <summary>DigestInfo (RFC 8017 §9.2): what is padded for a signature by PKCS #1 v1.5.</summary>
    internal static byte[] DigestOf(ReadOnlySpan<byte> hash)
    {
        var info = new AsnWriter(AsnEncodingRules.DER);
        using (info.PushSequence())
        {
            using (info.PushSequence())
            {
                info.WriteObjectIdentifier(hash.Length switch { 32 => "2.16.840.1.101.3.4.2.1", 48 => "2.16.840.1.101.3.4.2.2", _ => "2.16.840.1.101.3.4.2.3" });
                info.WriteNull();
            }

            info.WriteOctetString(hash);
        }

        return info.Encode();
    }

    private static byte[] Write(string algorithm, Action<AsnWriter> parameters, ReadOnlySpan<byte> key)
    {
        var info = new AsnWriter(AsnEncodingRules.DER);
        using (info.PushSequence())
        {
            using (info.PushSequence())
            {
                info.WriteObjectIdentifier(algorithm);
                parameters(info);
            }

            info.WriteBitString(key);
        }

        return info.Encode();
    }
}
