using System.Runtime.ExceptionServices;

namespace Skerry.Guard.Audit;

/// <summary>One pass over a log's entries and tiles, from the first that is there to the last. Bundles are read by all processors, a window of them at a time.</summary>
internal sealed class LogWalk
{
    private const int BundlesEach = 16;

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
        var (next, end) = (_minimum / TileName.Full, (_size + TileName.Full - 1) / TileName.Full);
        var window = new BundleCheck[Math.Max(1, Environment.ProcessorCount) * BundlesEach];
        while (next < end && findings.Count < most)
        {
            ct.ThrowIfCancellationRequested();
            var (from, count) = (next, (int)Math.Min(window.Length, end - next));
            Read(window, from, count);
            for (var i = 0; i < count && findings.Count < most; i++)
            {
                Take(window[i], findings);
                Climb(1, from + i, window[i], above, findings);
            }

            next += count;
        }

        for (var level = 1; level < above.Length; level++)
        {
            if (above[level] is { Count: > 0 } rest)
            {
                Compare(level, TileName.Hashes(level, _size) / TileName.Full, rest, findings);
            }
        }
    }

    private void Read(BundleCheck[] window, long from, int count)
    {
        try
        {
            Parallel.For(0, count, i => window[i] = BundleCheck.Of(_tiles, from + i, _size));
        }
        catch (AggregateException several)
        {
            // The first failure of the source, as it would be without threads.
            ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);
        }
    }

    private void Take(BundleCheck bundle, List<AuditFinding> findings)
    {
        if (bundle.Failure is { } failure)
        {
            throw failure;
        }

        Entries += bundle.Hashes.Length;
        (First, Last) = (First ?? bundle.First, bundle.Last ?? Last);
        _gaps.AddRange(bundle.Gaps);
        findings.AddRange(bundle.Findings);
        if (bundle.Root is { } root)
        {
            _edge.Add(root, TileName.FullHeight);
        }
        else
        {
            Array.ForEach(bundle.Hashes, _edge.Add);
        }
    }

    /// <summary>A full tile's root is a hash of the level above; when that is full too, so on.</summary>
    private void Climb(int level, long index, BundleCheck bundle, List<TreeHash>[] above, List<AuditFinding> findings)
    {
        if (bundle.Root is { } root)
        {
            Climb(level, index, root, above, findings);
        }
    }

    private void Climb(int level, long index, TreeHash root, List<TreeHash>[] above, List<AuditFinding> findings)
    {
        if (level == above.Length)
        {
            return;
        }

        var hashes = above[level] ??= [.. Before(level, index)];
        hashes.Add(root);
        if (hashes.Count == TileName.Full)
        {
            Compare(level, index / TileName.Full, hashes, findings);
            var edge = new TreeEdge();
            hashes.ForEach(edge.Add);
            hashes.Clear();
            Climb(level + 1, index / TileName.Full, edge.Root(), above, findings);
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
        if (BundleCheck.Compare(_tiles, TileName.At(level, index, _size), hashes) is { } finding)
        {
            findings.Add(finding);
        }
    }
}
