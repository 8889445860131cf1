using System.Formats.Asn1;
using System.Security.Cryptography;
using Skerry.Oci.Trust.Keys;

namespace Skerry.Oci.Trust.Certificates;

/// <summary>Signature algorithms of X.509 (RFC 4055, 5758, 8410). MD5 and SHA-1 are refused.</summary>
internal static class SignatureAlgorithms
{
    private const string RsassaPss = "1.2.840.113549.1.1.10";

    /// <summary>Reads an AlgorithmIdentifier.</summary>
    public static SignatureScheme Read(ReadOnlyMemory<byte> der)
    {
        var algorithm = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        var oid = algorithm.ReadObjectIdentifier();
        if (oid == RsassaPss)
        {
            return Pss(algorithm);
        }

        if (algorithm.HasData)
        {
            algorithm.ReadNull();
            algorithm.ThrowIfNotEmpty();
        }

        return oid switch
        {
            "1.2.840.10045.4.3.2" => new(SignatureForm.EcdsaDer, HashAlgorithmName.SHA256),
            "1.2.840.10045.4.3.3" => new(SignatureForm.EcdsaDer, HashAlgorithmName.SHA384),
            "1.2.840.10045.4.3.4" => new(SignatureForm.EcdsaDer, HashAlgorithmName.SHA512),
            "1.2.840.113549.1.1.11" => new(SignatureForm.RsaPkcs1, HashAlgorithmName.SHA256),
            "1.2.840.113549.1.1.12" => new(SignatureForm.RsaPkcs1, HashAlgorithmName.SHA384),
            "1.2.840.113549.1.1.13" => new(SignatureForm.RsaPkcs1, HashAlgorithmName.SHA512),
            "1.3.101.112" => SignatureScheme.Ed25519,
            _ => throw new TrustException($"the signature algorithm {oid} is not taken"),
        };
    }

    // RFC 4055 §3.1: the hash, a mask function with the same hash, a salt as long as the hash
    private static SignatureScheme Pss(AsnReader algorithm)
    {
        var parameters = algorithm.ReadSequence();
        var hash = HashOf(parameters.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)).ReadSequence());
        var mask = parameters.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 1)).ReadSequence();
        var salt = parameters.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 2)).ReadInteger();
        var length = hash == HashAlgorithmName.SHA256 ? SHA256.HashSizeInBytes : hash == HashAlgorithmName.SHA384 ? SHA384.HashSizeInBytes : SHA512.HashSizeInBytes;
        const string Mgf1 = "1.2.840.113549.1.1.8";
        return mask.ReadObjectIdentifier() == Mgf1 && HashOf(mask.ReadSequence()) == hash && salt == length
            ? new(SignatureForm.RsaPss, hash)
            : throw new TrustException("RSA-PSS with a mask or a salt that does not go with its hash");
    }

    private static HashAlgorithmName HashOf(AsnReader algorithm) => HashOf(algorithm.ReadObjectIdentifier());

    /// <summary>The hash of an object identifier; SHA-2 alone.</summary>
    public static HashAlgorithmName HashOf(string oid) => oid switch
    {
        "2.16.840.1.101.3.4.2.1" => HashAlgorithmName.SHA256,
        "2.16.840.1.101.3.4.2.2" => HashAlgorithmName.SHA384,
        "2.16.840.1.101.3.4.2.3" => HashAlgorithmName.SHA512,
        _ => throw new TrustException($"the hash {oid} is not taken"),
    };
}
