namespace Skerry.Guard.Audit;

/// <summary>Finds a file of a log, or null where it is not there. It is asked by several threads at once.</summary>
public delegate ReadOnlyMemory<byte>? TileSource(TileName name);

/// <summary>A tree of so many entries, read from its tiles: roots of its parts, its own root, and proofs. One thread at a time.</summary>
/// <remarks>Nothing here is verified against a signature: who compares <see cref="Root()"/> with a checkpoint knows that the tiles it came from are right.</remarks>
public sealed class TreeReader
{
    private readonly TileSource _tiles;
    private readonly Dictionary<TileName, ReadOnlyMemory<byte>> _read = [];

    /// <summary>The tree over the first <paramref name="size"/> entries of a log.</summary>
    public TreeReader(TileSource tiles, long size)
    {
        ArgumentNullException.ThrowIfNull(tiles);
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        (_tiles, Size) = (tiles, size);
    }

    /// <summary>Number of entries.</summary>
    public long Size { get; }

    /// <summary>Hash of the full subtree of 2^<paramref name="height"/> entries that is the <paramref name="index"/>th of its height.</summary>
    /// <exception cref="AuditFormatException">A tile that it needs is missing or of a wrong size.</exception>
    public TreeHash Hash(int height, long index)
    {
        if (index < 0 || index >= Size >> height)
        {
            throw new ArgumentOutOfRangeException(nameof(index), $"subtree {index} of height {height} in a tree of {Size}");
        }

        // A full tile's own root is a hash of the level above where that has it; else it is made from the hashes below.
        var (level, within) = (height / 8, height % 8);
        var first = index << within;
        var tile = Tile(level, first / TileName.Full);
        return Fold(tile.Span, (int)(first % TileName.Full), 1 << within);
    }

    /// <summary>Root of the tree over the first entries.</summary>
    public TreeHash Root(long size) => Range(0, size);

    /// <summary>Root of the whole tree.</summary>
    public TreeHash Root() => Range(0, Size);

    /// <summary>Edge of the tree over the first entries, from which it can be grown anew.</summary>
    public TreeEdge Edge(long size)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)size, (ulong)Size);
        var roots = new List<TreeHash>();
        var at = 0L;
        for (var height = 62; height >= 0; height--)
        {
            if ((size >> height & 1) != 0)
            {
                roots.Add(Hash(height, at >> height));
                at += 1L << height;
            }
        }

        return new TreeEdge(size, roots);
    }

    /// <summary>That an entry is in this tree: siblings from the leaf up (RFC 6962 §2.1.1).</summary>
    public IReadOnlyList<TreeHash> InclusionProof(long index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)index, (ulong)Size);
        var proof = new List<TreeHash>();
        Include(index, 0, Size, proof);
        return proof;
    }

    /// <summary>That this tree begins with the tree over its first <paramref name="size"/> entries (RFC 6962 §2.1.2).</summary>
    public IReadOnlyList<TreeHash> ConsistencyProof(long size)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)size, (ulong)Size);
        var proof = new List<TreeHash>();
        if (size > 0 && size < Size)
        {
            Connect(size, 0, Size, whole: true, proof);
        }

        return proof;
    }

    private void Include(long index, long from, long size, List<TreeHash> proof)
    {
        if (size == 1)
        {
            return;
        }

        var left = MerkleProof.LargestPowerBelow(size);
        if (index < left)
        {
            Include(index, from, left, proof);
            proof.Add(Range(from + left, size - left));
        }
        else
        {
            Include(index - left, from + left, size - left, proof);
            proof.Add(Range(from, left));
        }
    }

    private void Connect(long old, long from, long size, bool whole, List<TreeHash> proof)
    {
        if (old == size)
        {
            if (!whole)
            {
                proof.Add(Range(from, size));
            }

            return;
        }

        var left = MerkleProof.LargestPowerBelow(size);
        if (old <= left)
        {
            Connect(old, from, left, whole, proof);
            proof.Add(Range(from + left, size - left));
        }
        else
        {
            Connect(old - left, from + left, size - left, whole: false, proof);
            proof.Add(Range(from, left));
        }
    }

    /// <summary>Root over entries [from, from + size), where from is a multiple of the largest power of two in size.</summary>
    private TreeHash Range(long from, long size)
    {
        if (size == 0)
        {
            return TreeHash.Empty;
        }

        if (long.IsPow2(size))
        {
            var height = (int)long.Log2(size);
            return Hash(height, from >> height);
        }

        var left = MerkleProof.LargestPowerBelow(size);
        return TreeHash.Node(Range(from, left), Range(from + left, size - left));
    }

    private ReadOnlyMemory<byte> Tile(int level, long index)
    {
        var name = TileName.At(level, index, Size);
        if (_read.TryGetValue(name, out var known))
        {
            return known;
        }

        var tile = _tiles(name) ?? throw new AuditFormatException(name.ToString(), "it is missing");
        if (tile.Length != name.Width * TreeHash.Size)
        {
            throw new AuditFormatException(name.ToString(), $"{tile.Length} bytes instead of {name.Width * TreeHash.Size}");
        }

        return _read[name] = tile;
    }

    private static TreeHash Fold(ReadOnlySpan<byte> tile, int first, int count) =>
        count == 1
            ? new TreeHash(tile.Slice(first * TreeHash.Size, TreeHash.Size))
            : TreeHash.Node(Fold(tile, first, count / 2), Fold(tile, first + (count / 2), count / 2));
}
