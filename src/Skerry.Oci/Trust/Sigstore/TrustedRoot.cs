using System.Security.Cryptography;
using Skerry.Oci.Trust.Certificates;
using Skerry.Oci.Trust.Keys;
using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Sigstore;

/// <summary>Whom a Sigstore verification trusts: logs, certificate authorities, time-stamping authorities (trusted_root.json).</summary>
/// <remarks>Source: sigstore/protobuf-specs, sigstore_trustroot.proto, TrustedRoot; JSON as protobuf writes it.</remarks>
public sealed record TrustedRoot
{
    private const string Format = "trusted root";
    private const int MaxEntries = 64;

    /// <summary>Trusts nobody: for signatures by keys alone.</summary>
    public static TrustedRoot Empty { get; } = new();

    /// <summary>Logs of signatures.</summary>
    public IReadOnlyList<TransparencyLog> Logs { get; init; } = [];

    /// <summary>Logs of certificates.</summary>
    public IReadOnlyList<TransparencyLog> CertificateLogs { get; init; } = [];

    /// <summary>Authorities that issue signing certificates.</summary>
    public IReadOnlyList<CertificateAuthority> CertificateAuthorities { get; init; } = [];

    /// <summary>Authorities that vouch for a time.</summary>
    public IReadOnlyList<CertificateAuthority> TimestampAuthorities { get; init; } = [];

    /// <summary>Reads a document.</summary>
    /// <exception cref="OciFormatException">It is not one of a known version, or names keys or certificates that are not taken.</exception>
    public static TrustedRoot Parse(ReadOnlyMemory<byte> json)
    {
        var root = StrictJson.Object(Format, json, TrustLimits.MaxDocument);
        if (root.Text("mediaType") is not ("application/vnd.dev.sigstore.trustedroot+json;version=0.1" or "application/vnd.dev.sigstore.trustedroot.v0.2+json"
            or "application/vnd.dev.sigstore.trustedroot+json;version=0.2"))
        {
            throw root.Bad("mediaType", "not that of a trusted root of version 0.1 or 0.2");
        }

        return new TrustedRoot
        {
            Logs = [.. root.Objects("tlogs", MaxEntries).Select(Log)],
            CertificateLogs = [.. root.Objects("ctlogs", MaxEntries).Select(Log)],
            CertificateAuthorities = [.. root.Objects("certificateAuthorities", MaxEntries).Select(Authority)],
            TimestampAuthorities = [.. root.Objects("timestampAuthorities", MaxEntries).Select(Authority)],
        };
    }

    private static TransparencyLog Log(JsonFields log)
    {
        if (log.TextOrNull("hashAlgorithm") is { } hash and not "SHA2_256")
        {
            throw log.Bad("hashAlgorithm", $"'{hash}', and only SHA2_256 is known");
        }

        var key = log.Object("publicKey");
        var read = Key(key);
        return new TransparencyLog(log.TextOrNull("baseUrl") ?? "", read.Key, log.Object("logId").Bytes("keyId"), read.Hash, Period(key.Object("validFor")));
    }

    // sigstore_common.proto, PublicKeyDetails: the details must agree with the key
    private static (PublicKey Key, HashAlgorithmName Hash) Key(JsonFields fields)
    {
        var bytes = fields.Bytes("rawBytes");
        var details = fields.Text("keyDetails");
        var key = details == "PKCS1_RSA_PKCS1V5" ? PublicKey.FromPkcs1(bytes) : PublicKey.FromSpki(bytes);
        (KeyKind Kind, HashAlgorithmName Hash)? expected = details switch
        {
            "PKIX_ECDSA_P256_SHA_256" => (KeyKind.EcdsaP256, HashAlgorithmName.SHA256),
            "PKIX_ECDSA_P384_SHA_384" => (KeyKind.EcdsaP384, HashAlgorithmName.SHA384),
            "PKIX_ECDSA_P521_SHA_512" => (KeyKind.EcdsaP521, HashAlgorithmName.SHA512),
            "PKIX_ECDSA_P384_SHA_256" => (KeyKind.EcdsaP384, HashAlgorithmName.SHA256),
            "PKIX_ECDSA_P521_SHA_256" => (KeyKind.EcdsaP521, HashAlgorithmName.SHA256),
            "PKIX_RSA_PKCS1V15_2048_SHA256" or "PKIX_RSA_PKCS1V15_3072_SHA256" or "PKIX_RSA_PKCS1V15_4096_SHA256" or "PKIX_RSA_PKCS1V5" or "PKCS1_RSA_PKCS1V5" => (KeyKind.Rsa, HashAlgorithmName.SHA256),
            "PKIX_ED25519" => (KeyKind.Ed25519, HashAlgorithmName.SHA512),
            _ => null,
        };
        return expected is { } right && right.Kind == key.Kind ? (key, right.Hash) : throw fields.Bad("keyDetails", $"'{details}', which is not known or not what the key is ({key.Kind})");
    }

    private static CertificateAuthority Authority(JsonFields authority)
    {
        var chain = authority.Object("certChain").Objects("certificates", TrustLimits.MaxCertificates).Select(static c => Certificate.FromDer(c.Bytes("rawBytes"))).ToList();
        return chain.Count > 0
            ? new CertificateAuthority(chain[^1], [.. chain.SkipLast(1)], Period(authority.Object("validFor")))
            : throw authority.Bad("certChain", "empty");
    }

    private static ValidPeriod Period(JsonFields period) => new(period.Time("start"), period.TimeOrNull("end"));
}
