namespace Skerry.Guard.Audit;

/// <summary>The right edge of a growing tree: the roots of the full subtrees it is made of, one for each bit of its size. One thread at a time.</summary>
public sealed class TreeEdge
{
    private readonly TreeHash[] _roots = new TreeHash[64];

    /// <summary>The edge of an empty tree.</summary>
    public TreeEdge()
    {
    }

    /// <summary>The edge of a tree of which the roots of its full subtrees are known, the largest first.</summary>
    /// <exception cref="ArgumentException">There are not as many roots as the size has bits.</exception>
    public TreeEdge(long size, IReadOnlyList<TreeHash> roots)
    {
        ArgumentNullException.ThrowIfNull(roots);
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        if (roots.Count != long.PopCount(size))
        {
            throw new ArgumentException($"{roots.Count} roots for a tree of {size} entries", nameof(roots));
        }

        Size = size;
        var next = roots.Count;
        for (var height = 0; height < 63; height++)
        {
            if ((size >> height & 1) != 0)
            {
                _roots[height] = roots[--next];
            }
        }
    }

    /// <summary>Number of entries.</summary>
    public long Size { get; private set; }

    /// <summary>Adds an entry by its hash.</summary>
    public void Add(TreeHash leaf) => Add(leaf, 0);

    /// <summary>Adds 2^<paramref name="height"/> entries by the root over them. The tree has a multiple of as many.</summary>
    public void Add(TreeHash root, int height)
    {
        if ((Size & ((1L << height) - 1)) != 0)
        {
            throw new ArgumentException($"a subtree of height {height} does not begin at entry {Size}", nameof(height));
        }

        var grown = Size + (1L << height);
        for (; (Size >> height & 1) != 0; height++)
        {
            root = TreeHash.Node(_roots[height], root);
        }

        _roots[height] = root;
        Size = grown;
    }

    /// <summary>The root of the whole tree.</summary>
    public TreeHash Root()
    {
        TreeHash? root = null;
        for (var height = 0; height < 63; height++)
        {
            if ((Size >> height & 1) != 0)
            {
                root = root is { } right ? TreeHash.Node(_roots[height], right) : _roots[height];
            }
        }

        return root ?? TreeHash.Empty;
    }

    /// <summary>A copy that grows by itself.</summary>
    public TreeEdge Copy()
    {
        var copy = new TreeEdge { Size = Size };
        _roots.CopyTo(copy._roots, 0);
        return copy;
    }
}
