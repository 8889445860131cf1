using System.Security.Cryptography;

namespace Skerry.Oci.Trust.Sigstore;

/// <summary>Hashes of a log's tree (RFC 6962 §2.1).</summary>
internal static class MerkleTree
{
    public static byte[] LeafHash(ReadOnlySpan<byte> entry) => SHA256.HashData((byte[])[0, .. entry]);

    /// <summary>The root that an inclusion proof leads to (RFC 9162 §2.1.3.2), which the caller compares.</summary>
    public static byte[] Root(byte[] leafHash, long index, long size, IReadOnlyList<byte[]> proof)
    {
        if (index < 0 || index >= size)
        {
            throw new TrustException($"entry {index} of a tree of {size}");
        }

        var (node, last, hash) = (index, size - 1, leafHash);
        foreach (var sibling in proof)
        {
            if (last == 0 || sibling.Length != SHA256.HashSizeInBytes)
            {
                throw new TrustException("an inclusion proof that is too long, or has hashes of a wrong size");
            }

            if ((node & 1) == 1 || node == last)
            {
                hash = NodeHash(sibling, hash);
                while ((node & 1) == 0 && node != 0)
                {
                    (node, last) = (node >> 1, last >> 1);
                }
            }
            else
            {
                hash = NodeHash(hash, sibling);
            }

            (node, last) = (node >> 1, last >> 1);
        }

        return last == 0 ? hash : throw new TrustException("an inclusion proof that is too short");
    }

    private static byte[] NodeHash(byte[] left, byte[] right) => SHA256.HashData((byte[])[1, .. left, .. right]);
}
