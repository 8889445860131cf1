using System.Text;
using Skerry.Oci.Trust.Certificates;
using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Sigstore;

/// <summary>Reads a layer of a cosign signature or attestation and its annotations (sigstore/cosign specs/SIGNATURE_SPEC.md).</summary>
internal static class CosignLayer
{
    public const string SimpleSigning = "application/vnd.dev.cosign.simplesigning.v1+json";
    public const string Envelope = "application/vnd.dsse.envelope.v1+json";

    private const string Format = "cosign layer";
    private const string Signature = "dev.cosignproject.cosign/signature";
    private const string CertificateKey = "dev.sigstore.cosign/certificate";
    private const string Chain = "dev.sigstore.cosign/chain";
    private const string LogBundle = "dev.sigstore.cosign/bundle";
    private const string Timestamp = "dev.sigstore.cosign/rfc3161timestamp";

    public static SigstoreEvidence Read(Descriptor layer, ReadOnlyMemory<byte> blob)
    {
        if (blob.Length > TrustLimits.MaxAttestation || blob.Length != layer.Size || Digest.Of(blob.Span, layer.Digest) != layer.Digest)
        {
            throw new OciFormatException(Format, null, $"the bytes are not those of {layer}");
        }

        var evidence = layer.MediaType switch
        {
            SimpleSigning => new SigstoreEvidence
            {
                Kind = EvidenceKind.SimpleSigning,
                Payload = blob,
                Message = blob,
                Signatures = [StrictBase64.Decode(Format, layer.Annotations.GetValueOrDefault(Signature) ?? throw new OciFormatException(Format, null, $"no annotation {Signature}"), TrustLimits.MaxSignature)],
            },
            Envelope => BundleReader.Of(DsseEnvelope.Read(StrictJson.Object("envelope", blob, TrustLimits.MaxAttestation)), blob),
            _ => throw new OciFormatException(Format, null, $"{layer.MediaType} is neither a signature nor an attestation of cosign"),
        };
        return evidence with
        {
            Certificates = Certificates(layer.Annotations),
            LogEntries = layer.Annotations.GetValueOrDefault(LogBundle) is { } bundle ? [Entry(bundle)] : [],
            Timestamps = layer.Annotations.GetValueOrDefault(Timestamp) is { } stamp ? [Json(stamp).Bytes("SignedRFC3161Timestamp")] : [],
            Stamped = evidence.RawEnvelope ?? evidence.Signatures[0],
        };
    }

    private static JsonFields Json(string text) => StrictJson.Object(Format, Encoding.UTF8.GetBytes(text));

    private static List<Certificate> Certificates(IReadOnlyDictionary<string, string> annotations)
    {
        if (annotations.GetValueOrDefault(CertificateKey) is not { Length: > 0 } leaf)
        {
            return [];
        }

        var chain = annotations.GetValueOrDefault(Chain) is { Length: > 0 } pem ? Certificate.FromPem(pem) : [];
        return [Certificate.FromDer(PemText.Single("certificate", leaf, PemText.Certificate)), .. chain];
    }

    private static LogEntry Entry(string text)
    {
        var bundle = Json(text);
        var payload = bundle.Object("Payload");
        var id = payload.Text("logID");
        if (id.Length % 2 != 0 || id.AsSpan().ContainsAnyExcept("0123456789abcdef"))
        {
            throw payload.Bad("logID", "not lower-case hex");
        }

        var (index, time) = (payload.Number("logIndex"), payload.Number("integratedTime"));
        return index >= 0 && time > 0
            ? new LogEntry(Convert.FromHexString(id), index, time, null, null, payload.Bytes("body"), bundle.Bytes("SignedEntryTimestamp", TrustLimits.MaxSignature), null)
            : throw payload.Bad("", "a negative index, or no time");
    }
}
