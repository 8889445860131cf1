using System.Globalization;
using System.Text;
using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Sigstore;

/// <summary>A DSSE envelope (secure-systems-lab/dsse, envelope.md and protocol.md).</summary>
internal sealed record DsseEnvelope(string PayloadType, byte[] Payload, IReadOnlyList<byte[]> Signatures)
{
    public const string InToto = "application/vnd.in-toto+json";

    public static DsseEnvelope Read(JsonFields envelope)
    {
        var signatures = envelope.Objects("signatures", TrustLimits.MaxSignatures).Select(static s => s.Bytes("sig", TrustLimits.MaxSignature)).ToList();
        return signatures.Count > 0
            ? new DsseEnvelope(envelope.Text("payloadType"), envelope.Bytes("payload", TrustLimits.MaxAttestation), signatures)
            : throw envelope.Bad("signatures", "empty");
    }

    /// <summary>What the signature is over: type and payload, each with its length (protocol.md, PAE).</summary>
    public byte[] SignedBytes()
    {
        var type = Encoding.UTF8.GetBytes(PayloadType);
        return [.. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"DSSEv1 {type.Length} ")), .. type, .. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $" {Payload.Length} ")), .. Payload];
    }
}
