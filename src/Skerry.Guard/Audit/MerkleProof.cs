namespace Skerry.Guard.Audit;

/// <summary>Checks of proofs by those who have no tree, only roots (RFC 9162 §2.1.3.2 and §2.1.4.2).</summary>
public static class MerkleProof
{
    /// <summary>True where the proof leads from an entry to the root of a tree of that size.</summary>
    public static bool IsIncluded(TreeHash leaf, long index, long size, TreeHash root, IReadOnlyList<TreeHash> proof)
    {
        ArgumentNullException.ThrowIfNull(proof);
        if (index < 0 || index >= size)
        {
            return false;
        }

        var (node, last, hash) = (index, size - 1, leaf);
        foreach (var sibling in proof)
        {
            if (last == 0)
            {
                return false;
            }

            if ((node & 1) == 1 || node == last)
            {
                hash = TreeHash.Node(sibling, hash);
                while ((node & 1) == 0 && node != 0)
                {
                    (node, last) = (node >> 1, last >> 1);
                }
            }
            else
            {
                hash = TreeHash.Node(hash, sibling);
            }

            (node, last) = (node >> 1, last >> 1);
        }

        return last == 0 && hash == root;
    }

    /// <summary>True where the proof shows that the second tree begins with the first.</summary>
    public static bool IsConsistent(long oldSize, TreeHash oldRoot, long newSize, TreeHash newRoot, IReadOnlyList<TreeHash> proof)
    {
        ArgumentNullException.ThrowIfNull(proof);
        if (oldSize < 0 || oldSize > newSize)
        {
            return false;
        }

        if (oldSize == 0 || oldSize == newSize)
        {
            return proof.Count == 0 && (oldSize == 0 ? oldRoot == TreeHash.Empty : oldRoot == newRoot);
        }

        var at = 0;
        var (node, last) = (oldSize - 1, newSize - 1);
        while ((node & 1) == 1)
        {
            (node, last) = (node >> 1, last >> 1);
        }

        // A first tree that is a full subtree of the second is its own beginning.
        if (!long.IsPow2(oldSize) && proof.Count == 0)
        {
            return false;
        }

        var first = long.IsPow2(oldSize) ? oldRoot : proof[at++];
        var (old, now) = (first, first);
        for (; at < proof.Count; at++)
        {
            if (last == 0)
            {
                return false;
            }

            if ((node & 1) == 1 || node == last)
            {
                old = TreeHash.Node(proof[at], old);
                now = TreeHash.Node(proof[at], now);
                while ((node & 1) == 0 && node != 0)
                {
                    (node, last) = (node >> 1, last >> 1);
                }
            }
            else
            {
                now = TreeHash.Node(now, proof[at]);
            }

            (node, last) = (node >> 1, last >> 1);
        }

        return last == 0 && old == oldRoot && now == newRoot;
    }

    /// <summary>The largest power of two that is smaller than a number above 1.</summary>
    internal static long LargestPowerBelow(long size) => 1L << (int)long.Log2(size - 1);
}
