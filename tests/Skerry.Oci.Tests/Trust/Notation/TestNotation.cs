using System.Buffers.Text;
using System.Formats.Cbor;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Skerry.Oci.Tests.Trust.Certificates;
using Skerry.Oci.Trust.Notation;

namespace Skerry.Oci.Tests.Trust.Notation;

/// <summary>Signs as Notation does, or as an attacker would.</summary>
internal sealed record TestNotation(TestAuthority Leaf, TestAuthority Root)
{
    public const string Critical = """["io.cncf.notary.signingScheme"]""";

    public string Algorithm { get; init; } = "ES256";

    public string Crit { get; init; } = Critical;

    public string Scheme { get; init; } = "notary.x509";

    public DateTimeOffset? SignedAt { get; init; } = TestAuthority.Now;

    public DateTimeOffset? AuthenticAt { get; init; }

    public DateTimeOffset? Expiry { get; init; }

    public string Extra { get; init; } = "";

    public IReadOnlyList<TestAuthority>? Chain { get; init; }

    public string Payload { get; init; } =
        $$$"""{"targetArtifact":{"annotations":{"env":"prod"},"digest":"{{{Artefacts.Image.Digest}}}","mediaType":"{{{MediaTypes.OciManifest}}}","size":{{{Artefacts.Image.Content.Length}}}}}""";

    public Func<byte[], byte[]>? Sign { get; init; }

    public byte[] Jws()
    {
        var head = $$"""{"alg":"{{Algorithm}}","crit":{{Crit}},"cty":"application/vnd.cncf.notary.payload.v1+json","io.cncf.notary.signingScheme":"{{Scheme}}"{{Json("signingTime", SignedAt)}}{{Json("authenticSigningTime", AuthenticAt)}}{{Json("expiry", Expiry)}}{{Extra}}}""";
        var (protectedHeader, payload) = (Url(Encoding.UTF8.GetBytes(head)), Url(Encoding.UTF8.GetBytes(Payload)));
        var signature = Signed(Encoding.ASCII.GetBytes($"{protectedHeader}.{payload}"));
        var chain = string.Join(',', (Chain ?? [Leaf, Root]).Select(static c => $"\"{Convert.ToBase64String(c.Certificate.Raw.Span)}\""));
        return Encoding.UTF8.GetBytes($$"""{"payload":"{{payload}}","protected":"{{protectedHeader}}","header":{"x5c":[{{chain}}]},"signature":"{{Url(signature)}}"}""");
    }

    /// <param name="algorithm">The number of the algorithm in the protected header.</param>
    /// <param name="more">One more header as it is encoded: its label, and a value of one byte.</param>
    public byte[] Cose(long algorithm = -7, byte[]? more = null)
    {
        var head = new CborWriter();
        head.WriteStartMap((SignedAt is null ? 4 : 5) + (more is null ? 0 : 1));
        head.WriteInt32(1);
        head.WriteInt64(algorithm);
        head.WriteInt32(2);
        head.WriteStartArray(1);
        head.WriteTextString("io.cncf.notary.signingScheme");
        head.WriteEndArray();
        head.WriteInt32(3);
        head.WriteTextString("application/vnd.cncf.notary.payload.v1+json");
        head.WriteTextString("io.cncf.notary.signingScheme");
        head.WriteTextString(Scheme);
        if (SignedAt is { } time)
        {
            head.WriteTextString("io.cncf.notary.signingTime");
            head.WriteTag(CborTag.UnixTimeSeconds);
            head.WriteInt64(time.ToUnixTimeSeconds());
        }

        if (more is not null)
        {
            head.WriteEncodedValue(more.AsSpan(0, more.Length - 1));
            head.WriteEncodedValue(more.AsSpan(more.Length - 1));
        }

        head.WriteEndMap();
        var protectedHeader = head.Encode();
        var payload = Encoding.UTF8.GetBytes(Payload);
        var toSign = new CborWriter();
        toSign.WriteStartArray(4);
        toSign.WriteTextString("Signature1");
        toSign.WriteByteString(protectedHeader);
        toSign.WriteByteString([]);
        toSign.WriteByteString(payload);
        toSign.WriteEndArray();
        var writer = new CborWriter();
        writer.WriteTag((CborTag)18);
        writer.WriteStartArray(4);
        writer.WriteByteString(protectedHeader);
        writer.WriteStartMap(1);
        writer.WriteInt32(33);
        writer.WriteStartArray(2);
        writer.WriteByteString(Leaf.Certificate.Raw.Span);
        writer.WriteByteString(Root.Certificate.Raw.Span);
        writer.WriteEndArray();
        writer.WriteEndMap();
        writer.WriteByteString(payload);
        writer.WriteByteString(Signed(toSign.Encode()));
        writer.WriteEndArray();
        return writer.Encode();
    }

    public static NotationTrust Trust(TestAuthority root, string level = "\"level\":\"strict\"", string stores = "\"ca:test\"", string identities = "\"*\"", IReadOnlyList<TrustStore>? more = null) => new(
        NotationTrustPolicy.Parse(Encoding.UTF8.GetBytes(
            $$$"""{"version":"1.0","trustPolicies":[{"name":"p","registryScopes":["*"],"signatureVerification":{{{{level}}}},"trustStores":[{{{stores}}}],"trustedIdentities":[{{{identities}}}]}]}""")),
        [new TrustStore(TrustStoreKind.Authority, "test", [root.Certificate]), .. more ?? []]);

    public static NotationTarget Target => new(Artefacts.Manifest, "registry.example.test/app");

    private byte[] Signed(byte[] bytes) => Sign?.Invoke(bytes) ?? Leaf.Key.SignData(bytes, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    private static string Json(string name, DateTimeOffset? time) => time is { } t ? $",\"io.cncf.notary.{name}\":\"{t.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)}\"" : "";

    private static string Url(byte[] bytes) => Base64Url.EncodeToString(bytes);
}
