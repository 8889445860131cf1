using System.Globalization;

namespace Skerry.Guard.Audit;

/// <summary>What one bundle of a log and its tile of hashes turned out to be. Immutable; made on any thread.</summary>
internal sealed class BundleCheck
{
    private BundleCheck()
    {
    }

    /// <summary>Why it cannot be gone on after it: it is missing or no bundle. Null where it can.</summary>
    public AuditFormatException? Failure { get; private init; }

    /// <summary>Hashes of its entries.</summary>
    public TreeHash[] Hashes { get; private init; } = [];

    /// <summary>Root over a full one.</summary>
    public TreeHash? Root { get; private set; }

    public DateTimeOffset? First { get; private set; }

    public DateTimeOffset? Last { get; private set; }

    public List<AuditFinding> Gaps { get; } = [];

    public List<AuditFinding> Findings { get; } = [];

    /// <summary>Reads a bundle of a log of so many entries.</summary>
    public static BundleCheck Of(TileSource tiles, long index, long size)
    {
        var name = TileName.Bundle(index, size);
        try
        {
            var bundle = tiles(name) ?? throw new AuditFormatException(name.ToString(), "it is missing: entries were cut");
            var entries = Entries(bundle, name);
            var check = new BundleCheck { Hashes = new TreeHash[entries.Count] };
            for (var i = 0; i < entries.Count; i++)
            {
                check.Hashes[i] = TreeHash.Leaf(entries[i].Span);
                check.Look((index * TileName.Full) + i, entries[i]);
            }

            if (Compare(tiles, TileName.At(0, index, size), check.Hashes) is { } finding)
            {
                check.Findings.Add(finding);
            }

            if (name.IsFull)
            {
                var edge = new TreeEdge();
                Array.ForEach(check.Hashes, edge.Add);
                check.Root = edge.Root();
            }

            return check;
        }
        catch (AuditFormatException error)
        {
            return new BundleCheck { Failure = error };
        }
    }

    /// <summary>What is wrong with a tile that should have these hashes; null where nothing is.</summary>
    public static AuditFinding? Compare(TileSource tiles, TileName name, IReadOnlyList<TreeHash> hashes)
    {
        if (tiles(name) is not { } tile)
        {
            return new AuditFinding(name.ToString(), "it is missing");
        }

        if (tile.Length != hashes.Count * TreeHash.Size)
        {
            return new AuditFinding(name.ToString(), $"{tile.Length} bytes instead of {hashes.Count * TreeHash.Size}");
        }

        for (var i = 0; i < hashes.Count; i++)
        {
            if (new TreeHash(tile.Span.Slice(i * TreeHash.Size, TreeHash.Size)) != hashes[i])
            {
                return new AuditFinding(name.ToString(), name.Level == 0
                    ? string.Create(CultureInfo.InvariantCulture, $"the hash of entry {(name.Index * TileName.Full) + i} is another than that of the entry: one of them was changed")
                    : string.Create(CultureInfo.InvariantCulture, $"hash {i} is not the root of the tile below it"));
            }
        }

        return null;
    }

    private static IReadOnlyList<ReadOnlyMemory<byte>> Entries(ReadOnlyMemory<byte> bundle, TileName name)
    {
        try
        {
            return EntryBundle.Read(bundle, name.Width);
        }
        catch (AuditFormatException error)
        {
            throw new AuditFormatException(name.ToString(), error.Reason);
        }
    }

    private void Look(long number, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var entry = AuditEntry.Parse(bytes);
            (First, Last) = (First ?? entry.At, entry.At);
            if (entry.Kind == AuditVerification.GapKind)
            {
                Gaps.Add(new AuditFinding(number.ToString(CultureInfo.InvariantCulture), entry.Details.GetValueOrDefault("reason", "it does not say why")));
            }
        }
        catch (AuditFormatException error)
        {
            Findings.Add(new AuditFinding(string.Create(CultureInfo.InvariantCulture, $"entry {number}"), error.Reason));
        }
    }
}
