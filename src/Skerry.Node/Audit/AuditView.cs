using Skerry.Guard.Audit;

namespace Skerry.Node.Audit;

/// <summary>The log as it was at one moment: its checkpoint, and all files that a log of that size has. It does not change, and anybody may read it.</summary>
/// <param name="Checkpoint">The signed checkpoint; null while the log is empty.</param>
/// <param name="Size">Number of entries.</param>
/// <param name="Minimum">First entry that is there.</param>
/// <param name="First">Number of the first of <paramref name="Tail"/>.</param>
/// <param name="Tail">Entries that are in no full bundle.</param>
/// <param name="Files">The full bundles and tiles.</param>
internal sealed record AuditView(SignedNote? Checkpoint, long Size, long Minimum, long First, IReadOnlyList<byte[]> Tail, AuditFiles Files)
{
    /// <summary>A file of the log at that moment, null where it is gone or never was.</summary>
    internal ReadOnlyMemory<byte>? Read(TileName name)
    {
        if (name.Level > 0)
        {
            return Files.Read(name) ?? Above(name);
        }

        if (name.Index * TileName.Full < First)
        {
            return Files.Read(name);
        }

        var from = (name.Index * TileName.Full) - First;
        var entries = Tail.Skip((int)from).Take(name.Width).ToList();
        if (entries.Count < name.Width)
        {
            return null;
        }

        if (name.Level == TileName.Entries)
        {
            return EntryBundle.Write(entries);
        }

        var tile = new byte[entries.Count * TreeHash.Size];
        for (var i = 0; i < entries.Count; i++)
        {
            TreeHash.Leaf(entries[i]).CopyTo(tile.AsSpan(i * TreeHash.Size));
        }

        return tile;
    }

    /// <summary>
    /// A tile over more than what is in full bundles, null where it is none: while the disk takes no bundles the tail holds more than one of them.
    /// </summary>
    private ReadOnlyMemory<byte>? Above(TileName name)
    {
        // 256^7 entries a hash, and a name can ask for more.
        const int Highest = 7;
        if (name.Level > Highest)
        {
            return null;
        }

        var first = name.Index * TileName.Full;
        var filed = (int)Math.Clamp((First >> (TileName.FullHeight * name.Level)) - first, 0, name.Width);
        var tile = new byte[name.Width * TreeHash.Size];
        if (filed == name.Width || (filed > 0 && !TryCopy(Files.Read(name with { Width = filed }), tile, filed)))
        {
            return null;
        }

        for (var i = filed; i < name.Width; i++)
        {
            if (Read(new TileName(name.Level - 1, first + i, TileName.Full)) is not { Length: TileName.FullBytes } beneath)
            {
                return null;
            }

            var edge = new TreeEdge();
            for (var at = 0; at < TileName.FullBytes; at += TreeHash.Size)
            {
                edge.Add(new TreeHash(beneath.Span.Slice(at, TreeHash.Size)));
            }

            edge.Root().CopyTo(tile.AsSpan(i * TreeHash.Size));
        }

        return tile;
    }

    private static bool TryCopy(ReadOnlyMemory<byte>? from, byte[] to, int hashes) =>
        from is { } bytes && bytes.Length >= hashes * TreeHash.Size && bytes[..(hashes * TreeHash.Size)].TryCopyTo(to);

    /// <summary>Entries from a number on, with their numbers.</summary>
    /// <exception cref="AuditFormatException">A bundle is missing or damaged.</exception>
    internal IEnumerable<(long Number, ReadOnlyMemory<byte> Entry)> Entries(long from)
    {
        for (var number = Math.Max(from, Minimum); number < Size;)
        {
            var name = TileName.Bundle(number / TileName.Full, Size);
            var bundle = Read(name) ?? throw new AuditFormatException(name.ToString(), "it is missing");
            foreach (var entry in EntryBundle.Read(bundle, name.Width).Skip((int)(number % TileName.Full)))
            {
                yield return (number++, entry);
            }
        }
    }
}
