using Skerry.Oci.Trust.Certificates;
using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Sigstore;

/// <summary>Reads a Sigstore bundle, versions 0.1 to 0.3 (sigstore_bundle.proto; JSON as protobuf writes it).</summary>
internal static class BundleReader
{
    private const string Format = "bundle";

    public static SigstoreEvidence Read(ReadOnlyMemory<byte> json)
    {
        var bundle = StrictJson.Object(Format, json, TrustLimits.MaxAttestation);
        var minor = Minor(bundle);
        var material = bundle.Object("verificationMaterial");
        var content = Content(bundle);
        return content with
        {
            IsBundle = true,
            Certificates = Certificates(material, minor),
            LogEntries = [.. material.Objects("tlogEntries", TrustLimits.MaxLogEntries).Select(Entry)],
            NeedsProof = minor > 1,
            Timestamps = Timestamps(material),
            Stamped = content.Signatures[0],
        };
    }

    private static int Minor(JsonFields bundle) => bundle.Text("mediaType") switch
    {
        "application/vnd.dev.sigstore.bundle+json;version=0.1" => 1,
        "application/vnd.dev.sigstore.bundle+json;version=0.2" => 2,
        "application/vnd.dev.sigstore.bundle+json;version=0.3" or "application/vnd.dev.sigstore.bundle.v0.3+json" => 3,
        _ => throw bundle.Bad("mediaType", "not that of a bundle of version 0.1, 0.2 or 0.3"),
    };

    private static SigstoreEvidence Content(JsonFields bundle)
    {
        var (dsse, message) = (bundle.ObjectOrNull("dsseEnvelope"), bundle.ObjectOrNull("messageSignature"));
        if (dsse is null == message is null)
        {
            throw bundle.Bad("", "it needs an envelope or a message signature, and one alone");
        }

        if (dsse is not null)
        {
            var envelope = DsseEnvelope.Read(dsse);
            return envelope.Signatures.Count == 1 ? Of(envelope, null) : throw dsse.Bad("signatures", "more than one in a bundle");
        }

        return new SigstoreEvidence
        {
            Kind = EvidenceKind.Message,
            Signatures = [message!.Bytes("signature", TrustLimits.MaxSignature)],
            MessageDigest = message.ObjectOrNull("messageDigest") is { } digest ? ReadDigest(digest) : null,
        };
    }

    /// <summary>Evidence of an envelope; it must hold a statement of in-toto.</summary>
    public static SigstoreEvidence Of(DsseEnvelope envelope, ReadOnlyMemory<byte>? raw) => envelope.PayloadType == DsseEnvelope.InToto
        ? new SigstoreEvidence { Kind = EvidenceKind.Envelope, Payload = envelope.Payload, Message = envelope.SignedBytes(), RawEnvelope = raw, Signatures = envelope.Signatures }
        : throw new OciFormatException("envelope", null, $"its payload is not a statement of in-toto ({DsseEnvelope.InToto})");

    private static Digest ReadDigest(JsonFields digest)
    {
        var algorithm = digest.Text("algorithm") switch
        {
            "SHA2_256" => Digest.Sha256,
            "SHA2_384" => Digest.Sha384,
            "SHA2_512" => Digest.Sha512,
            _ => throw digest.Bad("algorithm", "not known"),
        };
        return Digest.TryParse($"{algorithm}:{Convert.ToHexStringLower(digest.Bytes("digest"))}", out var value) ? value : throw digest.Bad("digest", "not as long as its algorithm's hashes are");
    }

    private static List<Certificate> Certificates(JsonFields material, int minor)
    {
        var (single, chain, key) = (material.ObjectOrNull("certificate"), material.ObjectOrNull("x509CertificateChain"), material.ObjectOrNull("publicKey"));
        if ((single is null ? 0 : 1) + (chain is null ? 0 : 1) + (key is null ? 0 : 1) != 1)
        {
            throw material.Bad("", "it needs a certificate, a chain or a public key's hint, and one alone");
        }

        if (chain is not null && minor >= 3)
        {
            throw material.Bad("x509CertificateChain", "not allowed since version 0.3");
        }

        if (key is not null)
        {
            return [];
        }

        var certificates = single is not null
            ? [Certificate.FromDer(single.Bytes("rawBytes"))]
            : chain!.Objects("certificates", TrustLimits.MaxCertificates).Select(static c => Certificate.FromDer(c.Bytes("rawBytes"))).ToList();
        return certificates.Count == 0 ? throw material.Bad("x509CertificateChain", "empty")
            : certificates.Skip(1).Any(static c => c.IsSelfIssued) ? throw material.Bad("x509CertificateChain", "one that brings its own root")
            : certificates;
    }

    private static LogEntry Entry(JsonFields entry)
    {
        var kind = entry.Object("kindVersion");
        return new LogEntry(
            entry.Object("logId").Bytes("keyId"),
            NotNegative(entry, "logIndex"),
            NotNegative(entry, "integratedTime"),
            kind.Text("kind"),
            kind.Text("version"),
            entry.Bytes("canonicalizedBody", TrustLimits.MaxAttestation),
            entry.ObjectOrNull("inclusionPromise")?.Bytes("signedEntryTimestamp", TrustLimits.MaxSignature),
            entry.ObjectOrNull("inclusionProof") is { } proof ? Proof(proof) : null);
    }

    // protobuf's JSON leaves out numbers that are zero
    private static long NotNegative(JsonFields fields, string name) =>
        fields.NumberOrNull(name) is not { } value ? 0 : value >= 0 ? value : throw fields.Bad(name, "negative");

    private static InclusionProof Proof(JsonFields proof) => new(
        NotNegative(proof, "logIndex"),
        NotNegative(proof, "treeSize"),
        proof.Bytes("rootHash"),
        [.. proof.Texts("hashes", TrustLimits.MaxProofHashes).Select(static h => StrictBase64.Decode(Format, h))],
        proof.ObjectOrNull("checkpoint")?.Text("envelope"));

    private static List<byte[]> Timestamps(JsonFields material) =>
        material.ObjectOrNull("timestampVerificationData") is { } data
            ? [.. data.Objects("rfc3161Timestamps", TrustLimits.MaxLogEntries).Select(static t => t.Bytes("signedTimestamp"))]
            : [];
}
