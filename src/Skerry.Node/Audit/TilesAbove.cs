using Skerry.Guard.Audit;

namespace Skerry.Node.Audit;

/// <summary>The last tiles of the levels above the first while full bundles are added: each is read once, and written once for many bundles.</summary>
/// <remarks>One thread. What was narrower stays until <see cref="RemoveNarrower"/>: the checkpoint that is on the medium names it.</remarks>
internal sealed class TilesAbove(AuditFiles files, long size)
{
    private readonly List<Level> _levels = [];
    private readonly HashSet<TileName> _wider = [];
    private readonly Dictionary<TileName, byte[]> _full = [];
    private long _bundles = size / TileName.Full;

    /// <summary>Adds the root of the next full tile of the first level.</summary>
    internal void Add(TreeHash root) => Climb(1, _bundles++, root);

    /// <summary>Writes every tile that has grown since the last time.</summary>
    internal void Write(AuditFileSet together)
    {
        foreach (var (name, tile) in _full)
        {
            together.Add(name.ToString(), tile);
        }

        _full.Clear();
        for (var i = 0; i < _levels.Count; i++)
        {
            if (_levels[i] is { Hashes.Count: > 0, HasGrown: true } level)
            {
                var name = new TileName(i + 1, level.Index, level.Hashes.Count);
                together.Add(name.ToString(), Bytes(level.Hashes));
                _wider.Add(name);
                level.HasGrown = false;
            }
        }
    }

    /// <summary>Removes the narrower forms of what was written.</summary>
    internal void RemoveNarrower()
    {
        foreach (var name in _wider)
        {
            files.RemoveNarrower(name);
        }
    }

    private void Climb(int height, long number, TreeHash root)
    {
        var (index, place) = (number / TileName.Full, (int)(number % TileName.Full));
        if (_levels.Count < height)
        {
            _levels.Add(new Level(index, Before(height, index, place)));
        }

        var level = _levels[height - 1];
        level.Hashes.Add(root);
        level.HasGrown = true;
        if (level.Hashes.Count == TileName.Full)
        {
            var name = new TileName(height, index, TileName.Full);
            _full[name] = Bytes(level.Hashes);
            _wider.Add(name);
            var edge = new TreeEdge();
            level.Hashes.ForEach(edge.Add);
            level.Hashes.Clear();
            level.Index = index + 1;
            Climb(height + 1, index, edge.Root());
        }
    }

    private List<TreeHash> Before(int height, long index, int place)
    {
        var hashes = new List<TreeHash>(TileName.Full);
        if (place > 0)
        {
            var name = new TileName(height, index, place);
            var tile = files.Read(name) is { } bytes && bytes.Length >= place * TreeHash.Size ? bytes : throw new AuditFormatException(name.ToString(), "it is missing");
            for (var i = 0; i < place; i++)
            {
                hashes.Add(new TreeHash(tile.Span.Slice(i * TreeHash.Size, TreeHash.Size)));
            }
        }

        return hashes;
    }

    private static byte[] Bytes(List<TreeHash> hashes)
    {
        var tile = new byte[hashes.Count * TreeHash.Size];
        for (var i = 0; i < hashes.Count; i++)
        {
            hashes[i].CopyTo(tile.AsSpan(i * TreeHash.Size));
        }

        return tile;
    }

    private sealed class Level(long index, List<TreeHash> hashes)
    {
        internal long Index { get; set; } = index;

        internal List<TreeHash> Hashes { get; } = hashes;

        internal bool HasGrown { get; set; }
    }
}
