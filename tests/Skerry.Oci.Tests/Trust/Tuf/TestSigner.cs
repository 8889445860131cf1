using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Tests.Trust.Tuf;

/// <summary>A key that signs metadata.</summary>
internal sealed class TestSigner
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public string Id { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    public JsonNode Json => new JsonObject
    {
        ["keytype"] = "ecdsa", ["scheme"] = "ecdsa-sha2-nistp256", ["keyval"] = new JsonObject { ["public"] = _key.ExportSubjectPublicKeyInfoPem() + "\n" },
    };

    /// <summary>A metadata file, signed by some keys.</summary>
    public static byte[] File(JsonNode signed, params IEnumerable<TestSigner> signers)
    {
        var canonical = CanonicalJson.Encode(JsonSerializer.SerializeToElement(signed), hasControls: true);
        return JsonSerializer.SerializeToUtf8Bytes(new JsonObject
        {
            ["signed"] = signed.DeepClone(),
            ["signatures"] = new JsonArray([.. signers.Select(s => new JsonObject
            {
                ["keyid"] = s.Id, ["sig"] = Convert.ToHexStringLower(s._key.SignData(canonical, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)),
            })]),
        });
    }
}
