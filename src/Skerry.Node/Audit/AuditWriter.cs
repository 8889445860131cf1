using System.Globalization;
using System.Text;
using Skerry.Guard.Audit;

namespace Skerry.Node.Audit;

/// <summary>Grows the files of a log. The caller is one thread at a time; <see cref="View"/> is for all.</summary>
/// <remarks>
/// A crash at any point leaves the log as it was before a batch or after it: the tail is what counts, and what was moved out of it into
/// bundles is moved again when it is found in both places.
/// </remarks>
internal sealed class AuditWriter : IDisposable
{
    internal const string CheckpointName = "checkpoint";
    internal const string MinimumName = "minimum";

    /// <summary>Entries that are moved into bundles at once; open files are few.</summary>
    private const int MostTogether = 64 * TileName.Full;

    private readonly AuditFiles _files;
    private readonly NoteSigner _signer;
    private readonly long _keep;
    private TreeEdge _full; // of what is in full bundles
    private TreeEdge _edge;
    private AuditTail _tail;
    private List<byte[]> _entries;
    private List<TreeHash> _hashes; // of _entries
    private long _first;
    private long _minimum;
    private long _bytes;

    /// <summary>A writer that goes on after what is in the tail.</summary>
    /// <param name="files">The log's files.</param>
    /// <param name="signer">Its key.</param>
    /// <param name="keep">Bytes of entries that are kept.</param>
    /// <param name="tail">Its tail.</param>
    /// <param name="full">The tree's edge before the tail.</param>
    internal AuditWriter(AuditFiles files, NoteSigner signer, long keep, AuditTail tail, TreeEdge full)
    {
        (_files, _signer, _keep, _tail, _full) = (files, signer, keep, tail, full);
        _first = tail.First;
        _entries = [.. tail.Batches.SelectMany(static b => b.Entries)];
        _hashes = _entries.ConvertAll(static e => TreeHash.Leaf(e));
        _edge = _full.Copy();
        _hashes.ForEach(_edge.Add);
        _minimum = MinimumOf(files, _first);
        _bytes = files.BundleBytes();
        View = Look(tail.Batches.Count > 0 ? tail.Batches[^1].Checkpoint : files.ReadText(CheckpointName) is { } note ? SignedNote.Parse(note) : null);
    }

    /// <summary>The public key.</summary>
    internal NoteVerifier Key => _signer.Verifier;

    /// <summary>The log as it is now.</summary>
    internal AuditView View { get; private set; }

    /// <summary>
    /// Appends entries; they are on the medium when this returns, with the number of the first.
    /// <list type="number">
    /// <item>Compute the tree with them and sign its checkpoint.</item>
    /// <item>Write both to the tail: here they become part of the log.</item>
    /// <item>Move what fills bundles out of the tail.</item>
    /// </list>
    /// </summary>
    /// <exception cref="IOException">It could not be written; the log is as it was.</exception>
    internal long Append(IReadOnlyCollection<byte[]> entries)
    {
        // 1. tree and checkpoint
        var edge = _edge.Copy();
        var number = edge.Size;
        var hashes = new List<TreeHash>(entries.Count);
        foreach (var entry in entries)
        {
            hashes.Add(TreeHash.Leaf(entry));
            edge.Add(hashes[^1]);
        }

        var checkpoint = new LogCheckpoint(Key.Name, edge.Size, edge.Root()).Sign(_signer);

        // 2. tail
        _tail.Append(entries, checkpoint);
        _edge = edge;
        _entries.AddRange(entries);
        _hashes.AddRange(hashes);
        View = Look(checkpoint);

        // 3. bundles
        if (_entries.Count >= TileName.Full)
        {
            TryRoll(checkpoint);
        }

        return number;
    }

    /// <summary>
    /// Moves full bundles out of the tail.
    /// <list type="number">
    /// <item>Write bundles and tiles.</item>
    /// <item>Write the checkpoint of what is in full bundles, so that the directory is a whole log by itself.</item>
    /// <item>Put a shorter tail in place.</item>
    /// <item>Prune.</item>
    /// </list>
    /// </summary>
    internal void Roll(SignedNote checkpoint)
    {
        // 1. bundles and tiles
        var moved = _entries.Count / TileName.Full * TileName.Full;
        var size = _first + moved;
        var written = 0L;
        var full = _full.Copy();
        var above = new TilesAbove(_files, _first);
        for (var at = 0; at < moved;)
        {
            using var together = new AuditFileSet(_files);
            for (var end = Math.Min(moved, at + MostTogether); at < end; at += TileName.Full)
            {
                written += WriteBundle(together, (_first + at) / TileName.Full, at);
                var root = Fold(_hashes, at);
                full.Add(root, TileName.FullHeight);
                above.Add(root);
            }

            above.Write(together);
            together.Commit();
        }

        // 2. checkpoint
        _files.Write(CheckpointName, Encoding.UTF8.GetBytes(new LogCheckpoint(Key.Name, size, full.Root()).Sign(_signer).ToString()));
        above.RemoveNarrower();

        // 3. tail
        var rest = _entries.GetRange(moved, _entries.Count - moved);
        var tail = AuditTail.Begin(_files, size, rest, checkpoint);
        _tail.Dispose();
        (_tail, _first, _entries, _hashes, _full, _bytes) = (tail, size, rest, _hashes.GetRange(moved, _hashes.Count - moved), full, _bytes + written);

        // 4. prune
        Prune();
        View = Look(checkpoint);
    }

    public void Dispose() => _tail.Dispose();

    /// <summary>Moves full bundles out of the tail; where the disk does not take them, they stay in it until a later batch.</summary>
    /// <exception cref="AuditFormatException">What is there already is damaged.</exception>
    internal void RollWhereItCan(SignedNote checkpoint)
    {
        try
        {
            Roll(checkpoint);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A tail that is too long is harmless; the disk's own check tells the user that it is full.
        }
    }

    /// <summary>The entries are in the tail already: a bundle that cannot be written now is written with a later batch.</summary>
    private void TryRoll(SignedNote checkpoint)
    {
        try
        {
            RollWhereItCan(checkpoint);
        }
        catch (AuditFormatException)
        {
            // The next start tells of it.
        }
    }

    private int WriteBundle(AuditFileSet together, long index, int at)
    {
        var bundle = EntryBundle.Write(_entries.GetRange(at, TileName.Full));
        together.Add(new TileName(TileName.Entries, index, TileName.Full).ToString(), bundle);
        var tile = new byte[TileName.FullBytes];
        for (var i = 0; i < TileName.Full; i++)
        {
            _hashes[at + i].CopyTo(tile.AsSpan(i * TreeHash.Size));
        }

        together.Add(new TileName(0, index, TileName.Full).ToString(), tile);
        return bundle.Length;
    }

    private static TreeHash Fold(List<TreeHash> hashes, int at)
    {
        var edge = new TreeEdge();
        for (var i = 0; i < TileName.Full; i++)
        {
            edge.Add(hashes[at + i]);
        }

        return edge.Root();
    }

    /// <summary>Removes the oldest bundles beyond what is kept. The minimum is on the medium before they go.</summary>
    private void Prune()
    {
        var (minimum, bytes) = (_minimum, _bytes);
        while (bytes > _keep && minimum < _first && new FileInfo(_files.PathOf(Bundle(minimum))) is var bundle)
        {
            bytes -= bundle.Exists ? bundle.Length : 0;
            minimum += TileName.Full;
        }

        if (minimum == _minimum)
        {
            return;
        }

        _files.Write(MinimumName, Encoding.UTF8.GetBytes(minimum.ToString(CultureInfo.InvariantCulture)));
        for (var at = _minimum; at < minimum; at += TileName.Full)
        {
            _files.Remove(Bundle(at));
            _files.Remove(new TileName(0, at / TileName.Full, TileName.Full).ToString());
        }

        (_minimum, _bytes) = (minimum, bytes);

        static string Bundle(long first) => new TileName(TileName.Entries, first / TileName.Full, TileName.Full).ToString();
    }

    /// <summary>Number of the first entry that was not pruned.</summary>
    private static long MinimumOf(AuditFiles files, long first)
    {
        var text = files.ReadText(MinimumName) ?? "0";
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var minimum) && minimum <= first && minimum % TileName.Full == 0
            ? minimum
            : throw new AuditFormatException(MinimumName, string.Create(CultureInfo.InvariantCulture, $"it is not the number of a bundle's first entry, of at most {first}"));
    }

    private AuditView Look(SignedNote? checkpoint) => new(checkpoint, _edge.Size, _minimum, _first, [.. _entries], _files);
}
