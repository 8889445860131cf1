using System.Security.Cryptography;
using System.Text;
using Skerry.Oci.Trust.Certificates;
using Skerry.Oci.Trust.Keys;
using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Sigstore;

/// <summary>Checks that a log entry is of this signature: same content, same signature, same key (sigstore/rekor pkg/types).</summary>
/// <remarks>Without this an entry of any other signature would do (CVE-2022-36056).</remarks>
internal sealed class LogEntryBody
{
    private const string Format = "log entry";

    private readonly SigstoreEvidence _evidence;
    private readonly SignedArtifact _artifact;
    private readonly PublicKey _key;
    private readonly Certificate? _certificate;

    private LogEntryBody(SigstoreEvidence evidence, SignedArtifact artifact, PublicKey key, Certificate? certificate) =>
        (_evidence, _artifact, _key, _certificate) = (evidence, artifact, key, certificate);

    /// <param name="certificate">The signer's certificate; null when a bare key signed.</param>
    public static void Match(LogEntry entry, SigstoreEvidence evidence, SignedArtifact artifact, PublicKey key, Certificate? certificate)
    {
        var body = StrictJson.Object(Format, entry.Body, TrustLimits.MaxAttestation);
        var (kind, version) = (body.Text("kind"), body.Text("apiVersion"));
        if (entry.Kind is not null && (entry.Kind, entry.Version) != (kind, version))
        {
            throw new TrustException($"the log entry is said to be {entry.Kind} {entry.Version}, and is {kind} {version}");
        }

        var check = new LogEntryBody(evidence, artifact, key, certificate);
        var spec = body.Object("spec");
        switch (kind, version)
        {
            case ("hashedrekord", "0.0.1"):
                check.HashedRecord(spec);
                break;
            case ("hashedrekord", "0.0.2"):
                check.HashedRecord2(spec.Object("hashedRekordV002"));
                break;
            case ("dsse", "0.0.1"):
                check.Envelope(spec);
                break;
            case ("dsse", "0.0.2"):
                check.Envelope2(spec.Object("dsseV002"));
                break;
            case ("intoto", "0.0.1"):
                check.Statement1(spec);
                break;
            case ("intoto", "0.0.2"):
                check.Statement2(spec.Object("content"));
                break;
            default:
                throw new TrustException($"log entries of kind {kind} {version} are not known");
        }
    }

    private void HashedRecord(JsonFields spec)
    {
        var hash = spec.Object("data").Object("hash");
        Same(SignedHash(hash.Text("algorithm")), hash.Text("value"));
        var signature = spec.Object("signature");
        SameSignatures([signature.Bytes("content", TrustLimits.MaxSignature)]);
        SameKey(signature.Object("publicKey").Bytes("content"));
    }

    private void HashedRecord2(JsonFields record)
    {
        var data = record.Object("data");
        Same(SignedHash(Algorithm(data)), Convert.ToHexStringLower(data.Bytes("digest")));
        SameSignatures2([record.Object("signature")]);
    }

    private void Envelope(JsonFields spec)
    {
        SamePayload(spec.Object("payloadHash"));
        var signatures = spec.Objects("signatures", TrustLimits.MaxSignatures);
        SameSignatures([.. signatures.Select(static s => s.Bytes("signature", TrustLimits.MaxSignature))]);
        signatures.ForEach(s => SameKey(s.Bytes("verifier")));
    }

    private void Envelope2(JsonFields dsse)
    {
        var hash = dsse.Object("payloadHash");
        Same(Digest.OfHash(Algorithm(hash), Hash(Algorithm(hash), _evidence.Payload.Span)), Convert.ToHexStringLower(hash.Bytes("digest")));
        SameSignatures2(dsse.Objects("signatures", TrustLimits.MaxSignatures));
    }

    // the signature is bound by the hash over the whole envelope, which must be at hand
    private void Statement1(JsonFields spec)
    {
        var hash = spec.Object("content").Object("hash");
        if (_evidence.RawEnvelope is not { } raw || hash.Text("algorithm") != Digest.Sha256)
        {
            throw new TrustException("a log entry of kind intoto 0.0.1 can only be compared with the envelope as it was logged");
        }

        Same(Digest.OfSha256(raw.Span), hash.Text("value"));
        SameKey(spec.Bytes("publicKey"));
    }

    // the log keeps signatures and keys in base64 twice
    private void Statement2(JsonFields content)
    {
        SamePayload(content.Object("payloadHash"));
        var signatures = content.Object("envelope").Objects("signatures", TrustLimits.MaxSignatures);
        SameSignatures([.. signatures.Select(static s => StrictBase64.Decode(Format, Encoding.ASCII.GetString(s.Bytes("sig")), TrustLimits.MaxSignature))]);
        signatures.ForEach(s => SameKey(s.Bytes("publicKey")));
    }

    private void SamePayload(JsonFields hash)
    {
        if (hash.Text("algorithm") != Digest.Sha256)
        {
            throw hash.Bad("algorithm", "not sha256");
        }

        Same(Digest.OfSha256(_evidence.Payload.Span), hash.Text("value"));
    }

    private Digest SignedHash(string algorithm) => (_evidence.Message ?? _artifact.Content) is { Length: > 0 } bytes
        ? Digest.OfHash(algorithm, Hash(algorithm, bytes.Span))
        : algorithm == _artifact.Digest.Algorithm ? _artifact.Digest : throw new TrustException($"the log entry has a {algorithm}, and of the artifact only the {_artifact.Digest.Algorithm} is known");

    private static byte[] Hash(string algorithm, ReadOnlySpan<byte> bytes) => algorithm switch
    {
        Digest.Sha256 => SHA256.HashData(bytes),
        Digest.Sha384 => SHA384.HashData(bytes),
        Digest.Sha512 => SHA512.HashData(bytes),
        _ => throw new TrustException($"the hash {algorithm} is not taken"),
    };

    private static string Algorithm(JsonFields hash) => hash.Text("algorithm") switch
    {
        "SHA2_256" => Digest.Sha256,
        "SHA2_384" => Digest.Sha384,
        "SHA2_512" => Digest.Sha512,
        _ => throw hash.Bad("algorithm", "not known"),
    };

    private static void Same(Digest ours, string logged)
    {
        if (ours.Hex != logged)
        {
            throw new TrustException("the log entry is of other content than this signature");
        }
    }

    private void SameSignatures(List<byte[]> logged)
    {
        if (logged.Count != _evidence.Signatures.Count || !_evidence.Signatures.All(s => logged.Exists(l => l.AsSpan().SequenceEqual(s))))
        {
            throw new TrustException("the log entry is of another signature");
        }
    }

    private void SameSignatures2(List<JsonFields> logged)
    {
        SameSignatures([.. logged.Select(static s => s.Bytes("content", TrustLimits.MaxSignature))]);
        foreach (var verifier in logged.Select(static s => s.Object("verifier")))
        {
            if (verifier.ObjectOrNull("x509Certificate") is { } certificate)
            {
                SameCertificate(certificate.Bytes("rawBytes"));
            }
            else
            {
                SamePublicKey(verifier.Object("publicKey").Bytes("rawBytes"));
            }
        }
    }

    private void SameKey(byte[] pem)
    {
        var text = Encoding.UTF8.GetString(pem);
        if (text.Contains("BEGIN " + PemText.Certificate, StringComparison.Ordinal))
        {
            SameCertificate(PemText.Blocks(Format, text, PemText.Certificate)[0]);
        }
        else
        {
            SamePublicKey(PemText.Single(Format, text, PemText.PublicKey));
        }
    }

    private void SameCertificate(ReadOnlySpan<byte> der)
    {
        if (_certificate is null || !_certificate.Raw.Span.SequenceEqual(der))
        {
            throw new TrustException("the log entry is of another certificate");
        }
    }

    private void SamePublicKey(ReadOnlySpan<byte> spki)
    {
        if (_certificate is not null || !_key.Spki.Span.SequenceEqual(spki))
        {
            throw new TrustException("the log entry is of another key");
        }
    }
}
