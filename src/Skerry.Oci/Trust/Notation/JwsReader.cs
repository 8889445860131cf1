using System.Text;
using Skerry.Oci.Trust.Certificates;
using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Notation;

/// <summary>Reads Notation's JWS envelope: flattened JSON (RFC 7515 §7.2.2; notaryproject/specifications signature-envelope-jws.md).</summary>
internal static class JwsReader
{
    public const string MediaType = "application/jose+json";

    private const string Format = "JWS envelope";
    private const int MaxCritical = 16;

    public static NotationEnvelope Read(ReadOnlyMemory<byte> json)
    {
        var jws = StrictJson.Object(Format, json);
        jws.Only("payload", "protected", "header", "signature");
        var (payload, head) = (jws.Text("payload"), jws.Text("protected"));
        var protectedHeader = StrictJson.Object(Format + ", protected header", StrictBase64.DecodeUrl(Format, head));
        if (protectedHeader.Text("cty") != NotationEnvelope.PayloadType)
        {
            throw protectedHeader.Bad("cty", $"not {NotationEnvelope.PayloadType}");
        }

        var header = jws.Object("header");
        return new NotationEnvelope
        {
            Algorithm = protectedHeader.Text("alg"),
            SignedBytes = Encoding.ASCII.GetBytes($"{head}.{payload}"),
            Signature = StrictBase64.DecodeUrl(Format, jws.Text("signature"), TrustLimits.MaxSignature),
            Payload = StrictBase64.DecodeUrl(Format, payload),
            Chain = [.. header.Texts("x5c", TrustLimits.MaxCertificates).Select(static c => Certificate.FromDer(StrictBase64.Decode(Format, c, TrustLimits.MaxCertificate)))],
            Times = SigningTimes.Of(
                protectedHeader.Text(SigningTimes.SchemeKey),
                protectedHeader.TimeOrNull(SigningTimes.SigningTimeKey),
                protectedHeader.TimeOrNull(SigningTimes.AuthenticTimeKey),
                protectedHeader.TimeOrNull(SigningTimes.ExpiryKey),
                protectedHeader.Texts("crit", MaxCritical)),
            Timestamp = header.BytesOrNull("io.cncf.notary.timestampSignature"),
        };
    }
}
