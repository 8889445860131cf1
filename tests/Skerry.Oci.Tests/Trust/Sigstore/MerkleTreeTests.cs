using System.Security.Cryptography;
using Skerry.Oci.Trust;
using Skerry.Oci.Trust.Sigstore;

namespace Skerry.Oci.Tests.Trust.Sigstore;

public sealed class MerkleTreeTests
{
    [Fact]
    public void Every_leaf_of_every_small_tree_is_proven()
    {
        for (var size = 1; size <= 33; size++)
        {
            var leaves = TestLog.Leaves(size);
            var root = TestLog.Root(leaves);
            for (var index = 0; index < size; index++)
            {
                var proof = TestLog.Proof(leaves, index);
                Assert.Equal(root, MerkleTree.Root(leaves[index], index, size, proof));
                foreach (var other in Enumerable.Range(0, size).Where(i => i != index))
                {
                    Assert.False(Leads(leaves[index], other, size, proof, root), $"{index} of {size} as {other}");
                }
            }
        }
    }

    [Fact]
    public void Proofs_that_are_too_long_or_too_short_are_refused()
    {
        var leaves = TestLog.Leaves(7);
        var proof = TestLog.Proof(leaves, 3);
        Assert.Contains("too short", Assert.Throws<TrustException>(() => MerkleTree.Root(leaves[3], 3, 7, [.. proof.SkipLast(1)])).Message, StringComparison.Ordinal);
        Assert.Contains("too long", Assert.Throws<TrustException>(() => MerkleTree.Root(leaves[3], 3, 7, [.. proof, proof[0]])).Message, StringComparison.Ordinal);
        Assert.Throws<TrustException>(() => MerkleTree.Root(leaves[3], 7, 7, proof));
        Assert.Throws<TrustException>(() => MerkleTree.Root(leaves[3], -1, 7, proof));
        Assert.Throws<TrustException>(() => MerkleTree.Root(leaves[3], 3, 7, [.. proof.Select(static p => p[..31])]));
    }

    [Fact]
    public void A_leaf_is_never_taken_for_a_node()
    {
        var leaves = TestLog.Leaves(2);
        Assert.NotEqual(TestLog.Root(leaves), MerkleTree.LeafHash((byte[])[.. leaves[0], .. leaves[1]]));
        Assert.Equal(SHA256.HashData([0]), MerkleTree.LeafHash([]));
    }

    private static bool Leads(byte[] leaf, long index, long size, IReadOnlyList<byte[]> proof, byte[] root)
    {
        try
        {
            return MerkleTree.Root(leaf, index, size, proof).AsSpan().SequenceEqual(root);
        }
        catch (TrustException)
        {
            return false;
        }
    }
}
