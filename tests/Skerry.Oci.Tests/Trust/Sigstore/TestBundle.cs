using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Skerry.Oci.Trust.Keys;
using Skerry.Oci.Trust.Sigstore;

namespace Skerry.Oci.Tests.Trust.Sigstore;

/// <summary>Makes bundles of a message signature with an entry of a log, or what an attacker would make of one.</summary>
internal sealed class TestBundle : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestLog Log { get; } = new();

    public PublicKey Key => PublicKey.FromSpki(_key.ExportSubjectPublicKeyInfo());

    public SigstorePolicy Policy => new() { Keys = [Key], LogEntries = 1, Root = TrustedRoot.Empty with { Logs = [Log.Log] } };

    public byte[] Sign(ReadOnlyMemory<byte> content) => _key.SignData(content.Span, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    /// <summary>The body of an entry (hashedrekord 0.0.1).</summary>
    public byte[] Body(ReadOnlyMemory<byte> content, byte[] signature, ECDsa? key = null)
    {
        var pem = Convert.ToBase64String(Encoding.ASCII.GetBytes((key ?? _key).ExportSubjectPublicKeyInfoPem()));
        var hash = new JsonObject { ["algorithm"] = "sha256", ["value"] = Digest.OfSha256(content.Span).Hex };
        var signed = new JsonObject { ["content"] = Convert.ToBase64String(signature), ["publicKey"] = new JsonObject { ["content"] = pem } };
        var spec = new JsonObject { ["data"] = new JsonObject { ["hash"] = hash }, ["signature"] = signed };
        return Bytes(new JsonObject { ["apiVersion"] = "0.0.1", ["kind"] = "hashedrekord", ["spec"] = spec });
    }

    public static byte[] Json(byte[] signature, params LogEntry[] entries) => Encoding.UTF8.GetBytes(
        $$"""{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"publicKey":{"hint":""},"tlogEntries":[{{string.Join(',', entries.Select(static e => Entry(e).ToJsonString()))}}]},"messageSignature":{"signature":"{{Convert.ToBase64String(signature)}}"} }""");

    public void Dispose()
    {
        _key.Dispose();
        Log.Dispose();
    }

    private static byte[] Bytes(JsonNode node) => Encoding.UTF8.GetBytes(node.ToJsonString());

    private static JsonObject Entry(LogEntry entry)
    {
        var proof = entry.Proof!;
        var made = new JsonObject
        {
            ["logIndex"] = $"{entry.LogIndex}",
            ["logId"] = new JsonObject { ["keyId"] = Convert.ToBase64String(entry.LogId) },
            ["kindVersion"] = new JsonObject { ["kind"] = "hashedrekord", ["version"] = "0.0.1" },
            ["integratedTime"] = $"{entry.IntegratedTime}",
            ["inclusionProof"] = new JsonObject
            {
                ["logIndex"] = $"{proof.LogIndex}",
                ["rootHash"] = Convert.ToBase64String(proof.RootHash),
                ["treeSize"] = $"{proof.TreeSize}",
                ["hashes"] = new JsonArray([.. proof.Hashes.Select(static h => JsonValue.Create(Convert.ToBase64String(h)))]),
                ["checkpoint"] = new JsonObject { ["envelope"] = proof.Checkpoint },
            },
            ["canonicalizedBody"] = Convert.ToBase64String(entry.Body),
        };
        if (entry.Promise is { } promise)
        {
            made["inclusionPromise"] = new JsonObject { ["signedEntryTimestamp"] = Convert.ToBase64String(promise) };
        }

        return made;
    }
}
