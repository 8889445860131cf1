using System.Security.Cryptography;
using System.Text;
using Skerry.Oci.Trust.Keys;
using Skerry.Oci.Trust.Sigstore;

namespace Skerry.Oci.Tests.Trust.Sigstore;

/// <summary>A log for tests: entries, proofs, checkpoints and promises, made as RFC 6962 and Rekor say.</summary>
internal sealed class TestLog : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TransparencyLog Log => TransparencyLog.Of(PublicKey.FromSpki(_key.ExportSubjectPublicKeyInfo()));

    public static List<byte[]> Leaves(int count) => [.. Enumerable.Range(0, count).Select(static i => MerkleTree.LeafHash(Encoding.UTF8.GetBytes($"entry {i}")))];

    public static byte[] Root(IReadOnlyList<byte[]> leaves)
    {
        if (leaves.Count == 1)
        {
            return leaves[0];
        }

        var split = Split(leaves.Count);
        return SHA256.HashData((byte[])[1, .. Root([.. leaves.Take(split)]), .. Root([.. leaves.Skip(split)])]);
    }

    public static List<byte[]> Proof(IReadOnlyList<byte[]> leaves, int index)
    {
        if (leaves.Count == 1)
        {
            return [];
        }

        var split = Split(leaves.Count);
        var (left, right) = ((byte[][])[.. leaves.Take(split)], (byte[][])[.. leaves.Skip(split)]);
        return index < split ? [.. Proof(left, index), Root(right)] : [.. Proof(right, index - split), Root(left)];
    }

    /// <summary>An entry at a place of a tree with other entries around it.</summary>
    public LogEntry Entry(byte[] body, int index, int size, DateTimeOffset? promised = null)
    {
        var leaves = Leaves(size);
        leaves[index] = MerkleTree.LeafHash(body);
        var root = Root(leaves);
        var id = Log.LogId.ToArray();
        var time = promised?.ToUnixTimeSeconds() ?? 0;
        var promise = promised is null ? null : Sign(Encoding.UTF8.GetBytes(
            $$"""{"body":"{{Convert.ToBase64String(body)}}","integratedTime":{{time}},"logID":"{{Convert.ToHexStringLower(id)}}","logIndex":{{index}}}"""));
        return new LogEntry(id, index, time, null, null, body, promise, new InclusionProof(index, size, root, Proof(leaves, index), Checkpoint(size, root)));
    }

    public string Checkpoint(long size, byte[] root, string origin = "log.example.test")
    {
        var text = $"{origin}\n{size}\n{Convert.ToBase64String(root)}\n";
        var signature = Sign(Encoding.UTF8.GetBytes(text));
        return $"{text}\n\u2014 {origin} {Convert.ToBase64String([.. Log.LogId.Span[..4], .. signature])}\n";
    }

    public void Dispose() => _key.Dispose();

    private byte[] Sign(byte[] bytes) => _key.SignData(bytes, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    private static int Split(int count)
    {
        var split = 1;
        while (split * 2 < count)
        {
            split *= 2;
        }

        return split;
    }
}
