using Skerry.Guard.Audit;

namespace Skerry.Guard.Tests.Audit;

public sealed class TreeTests
{
    /// <summary>The leaves and roots that Certificate Transparency's own tests use.</summary>
    private static readonly (string Leaf, string Root)[] Vectors =
    [
        ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
        ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
        ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
        ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
        ("606162636465666768696a6b6c6d6e6f", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ];

    [Fact]
    public void The_roots_of_growing_trees_are_those_of_the_public_vectors()
    {
        Assert.Equal("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", TreeHash.Empty.ToString());
        var edge = new TreeEdge();
        foreach (var (leaf, root) in Vectors)
        {
            edge.Add(TreeHash.Leaf(Convert.FromHexString(leaf)));
            Assert.Equal(new TreeHash(Convert.FromHexString(root)), edge.Root());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(66_000)]
    public void A_tree_read_from_tiles_has_the_root_and_the_edge_of_the_tree_that_grew(int size)
    {
        var log = new MemoryLog(size);
        var tree = log.Tree(size);
        Assert.Equal(log.Head.Root, tree.Root());
        var edge = tree.Edge(size);
        Assert.Equal(log.Head.Root, edge.Root());
        var grown = new TreeEdge();
        for (var i = 0; i < size; i++)
        {
            grown.Add(TreeHash.Leaf(log[i]));
        }

        edge.Add(TreeHash.Empty);
        grown.Add(TreeHash.Empty);
        Assert.Equal(grown.Root(), edge.Root());
    }

    [Fact]
    public void Every_entry_of_every_small_tree_has_a_proof_that_holds_for_it_alone()
    {
        var log = new MemoryLog(70);
        for (var size = 1; size <= log.Count; size++)
        {
            var tree = Partial(log, size);
            var root = tree.Root();
            for (var index = 0; index < size; index++)
            {
                var proof = tree.InclusionProof(index);
                Assert.True(MerkleProof.IsIncluded(TreeHash.Leaf(log[index]), index, size, root, proof));
                Assert.False(MerkleProof.IsIncluded(TreeHash.Leaf(log[index]), index + 1, size, root, proof));
                Assert.False(MerkleProof.IsIncluded(TreeHash.Empty, index, size, root, proof));
                Assert.False(MerkleProof.IsIncluded(TreeHash.Leaf(log[index]), index, size, root, [.. proof, root]));
                Assert.False(proof.Count > 0 && MerkleProof.IsIncluded(TreeHash.Leaf(log[index]), index, size, root, [.. proof.Skip(1)]));
            }
        }
    }

    [Fact]
    public void Every_beginning_of_a_tree_has_a_proof_that_holds_for_it_alone()
    {
        var log = new MemoryLog(70);
        for (var size = 1; size <= log.Count; size++)
        {
            var tree = Partial(log, size);
            for (var old = 0; old <= size; old++)
            {
                var (proof, root) = (tree.ConsistencyProof(old), tree.Root(old));
                Assert.True(MerkleProof.IsConsistent(old, root, size, tree.Root(), proof), $"{old} in {size}");
                Assert.False(MerkleProof.IsConsistent(old, TreeHash.Leaf([1]), size, tree.Root(), proof));
                Assert.False(old < size && old > 0 && MerkleProof.IsConsistent(old, root, size, TreeHash.Leaf([1]), proof));
                Assert.False(MerkleProof.IsConsistent(old, root, size, tree.Root(), [.. proof, root]));
                Assert.False(proof.Count > 0 && MerkleProof.IsConsistent(old, root, size, tree.Root(), [.. proof.Skip(1)]));
            }
        }
    }

    [Fact]
    public void Proofs_in_a_tree_of_several_levels_hold()
    {
        var log = new MemoryLog(66_000);
        var tree = log.Tree(log.Count);
        foreach (var index in (int[])[0, 255, 256, 65_535, 65_536, 65_999])
        {
            Assert.True(MerkleProof.IsIncluded(TreeHash.Leaf(log[index]), index, log.Count, log.Head.Root, tree.InclusionProof(index)));
            Assert.True(MerkleProof.IsConsistent(index, tree.Root(index), log.Count, log.Head.Root, tree.ConsistencyProof(index)));
        }
    }

    [Fact]
    public void A_tile_that_is_missing_or_short_is_named()
    {
        var log = new MemoryLog(600);
        log.Files.Remove(new TileName(0, 1, 256));
        Assert.Equal("tile/0/001: it is missing", Assert.Throws<AuditFormatException>(() => log.Tree(600).InclusionProof(300)).Message);
        log.Files[new TileName(0, 2, 88)] = new byte[32];
        Assert.Equal("tile/0/002.p/88: 32 bytes instead of 2816", Assert.Throws<AuditFormatException>(() => log.Tree(600).Root()).Message);
        Assert.Throws<AuditFormatException>(() => new TreeReader(log.Tile, long.MaxValue).Root());
    }

    /// <summary>A tree over the first entries, whose tiles are cut to what a log of that size had.</summary>
    private static TreeReader Partial(MemoryLog log, int size) =>
        new(name => log.Tile(TileName.At(name.Level, name.Index, log.Count)) is { } tile ? tile[..(name.Width * TreeHash.Size)] : null, size);
}
