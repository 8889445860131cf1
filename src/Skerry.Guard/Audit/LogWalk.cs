using System.Globalization;

namespace Skerry.Guard.Audit;

/// <summary>One pass over a log's entries and tiles, from the first that is there to the last.</summary>
internal sealed class LogWalk
{
    private readonly TileSource _tiles;
    private readonly long _size;
    private readonly long _minimum;
    private readonly List<AuditFinding> _gaps = [];
    private TreeEdge _edge = new();

    /// <summary>A walk over entries [<paramref name="minimum"/>, <paramref name="size"/>).</summary>
    public LogWalk(TileSource tiles, long size, long minimum)
    {
        if (minimum % TileName.Full != 0 || minimum > size)
        {
            throw new AuditFormatException("minimum index", $"{minimum} is not the beginning of a bundle of {size} entries");
        }

        (_tiles, _size, _minimum) = (tiles, size, minimum);
    }

    public long Entries { get; private set; }

    public DateTimeOffset? First { get; private set; }

    public DateTimeOffset? Last { get; private set; }

    public IReadOnlyList<AuditFinding> Gaps => _gaps;

    /// <summary>The root over what was read, and over what the tiles say of what was pruned.</summary>
    public TreeHash Root() => _edge.Root();

    /// <summary>Reads everything; what is wrong is added to the findings, of which there are at most so many.</summary>
    public void Run(List<AuditFinding> findings, int most, CancellationToken ct)
    {
        _edge = new TreeReader(_tiles, _size).Edge(_minimum);
        var above = new List<TreeHash>[8];
        for (var index = _minimum / TileName.Full; index * TileName.Full < _size && findings.Count < most; index++)
        {
            ct.ThrowIfCancellationRequested();
            var name = TileName.Bundle(index, _size);
            var bundle = _tiles(name) ?? throw new AuditFormatException(name.ToString(), "it is missing: entries were cut");
            var hashes = new List<TreeHash>(name.Width);
            var number = index * TileName.Full;
            foreach (var entry in EntryBundle.Read(bundle, name.Width))
            {
                var hash = TreeHash.Leaf(entry.Span);
                hashes.Add(hash);
                _edge.Add(hash);
                Look(number++, entry, findings);
            }

            Compare(0, index, hashes, findings);
            Climb(1, index, hashes, above, findings);
        }

        for (var level = 1; level < above.Length; level++)
        {
            if (above[level] is { Count: > 0 } rest)
            {
                Compare(level, TileName.Hashes(level, _size) / TileName.Full, rest, findings);
            }
        }
    }

    private void Look(long number, ReadOnlyMemory<byte> bytes, List<AuditFinding> findings)
    {
        Entries++;
        try
        {
            var entry = AuditEntry.Parse(bytes);
            (First, Last) = (First ?? entry.At, entry.At);
            if (entry.Kind == AuditVerification.GapKind)
            {
                _gaps.Add(new AuditFinding(number.ToString(CultureInfo.InvariantCulture), entry.Details.GetValueOrDefault("reason", "it does not say why")));
            }
        }
        catch (AuditFormatException error)
        {
            findings.Add(new AuditFinding(string.Create(CultureInfo.InvariantCulture, $"entry {number}"), error.Reason));
        }
    }

    /// <summary>A full tile's root is a hash of the level above; when that is full too, so on.</summary>
    private void Climb(int level, long index, List<TreeHash> below, List<TreeHash>[] above, List<AuditFinding> findings)
    {
        if (below.Count < TileName.Full || level == above.Length)
        {
            return;
        }

        var hashes = above[level] ??= [.. Before(level, index)];
        hashes.Add(Fold(below));
        if (hashes.Count == TileName.Full)
        {
            Compare(level, index / TileName.Full, hashes, findings);
            Climb(level + 1, index / TileName.Full, hashes, above, findings);
            hashes.Clear();
        }
    }

    /// <summary>Hashes of a tile that are of pruned entries: they are taken from the tile, and the root tells whether they are right.</summary>
    private IEnumerable<TreeHash> Before(int level, long index)
    {
        var tile = index / TileName.Full;
        var (count, name) = ((int)(index % TileName.Full), TileName.At(level, tile, _size));
        if (count == 0)
        {
            yield break;
        }

        var bytes = _tiles(name) ?? throw new AuditFormatException(name.ToString(), "it is missing");
        for (var i = 0; i < count && (i + 1) * TreeHash.Size <= bytes.Length; i++)
        {
            yield return new TreeHash(bytes.Span.Slice(i * TreeHash.Size, TreeHash.Size));
        }
    }

    private void Compare(int level, long index, List<TreeHash> hashes, List<AuditFinding> findings)
    {
        var name = TileName.At(level, index, _size);
        if (_tiles(name) is not { } tile)
        {
            findings.Add(new AuditFinding(name.ToString(), "it is missing"));
            return;
        }

        if (tile.Length != hashes.Count * TreeHash.Size)
        {
            findings.Add(new AuditFinding(name.ToString(), $"{tile.Length} bytes instead of {hashes.Count * TreeHash.Size}"));
            return;
        }

        for (var i = 0; i < hashes.Count; i++)
        {
            if (new TreeHash(tile.Span.Slice(i * TreeHash.Size, TreeHash.Size)) != hashes[i])
            {
                findings.Add(new AuditFinding(name.ToString(), level == 0
                    ? string.Create(CultureInfo.InvariantCulture, $"the hash of entry {(index * TileName.Full) + i} is another than that of the entry: one of them was changed")
                    : string.Create(CultureInfo.InvariantCulture, $"hash {i} is not the root of the tile below it")));
                return;
            }
        }
    }

    private static TreeHash Fold(List<TreeHash> hashes)
    {
        var edge = new TreeEdge();
        foreach (var hash in hashes)
        {
            edge.Add(hash);
        }

        return edge.Root();
    }
}
