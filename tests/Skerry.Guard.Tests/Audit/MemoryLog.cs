using System.Globalization;
using Skerry.Guard.Audit;

namespace Skerry.Guard.Tests.Audit;

/// <summary>A log in memory, with every file a published log of its size has.</summary>
internal sealed class MemoryLog
{
    private readonly List<byte[]> _entries = [];

    public MemoryLog(int entries, string origin = "skerry.test/log")
    {
        Signer = NoteSigner.Generate(origin);
        for (var i = 0; i < entries; i++)
        {
            _entries.Add(Entry(i));
        }

        Files = Publish(_entries);
        Checkpoint = Sign(_entries);
    }

    public NoteSigner Signer { get; }

    public SignedNote Checkpoint { get; set; }

    public Dictionary<TileName, byte[]> Files { get; private set; }

    public int Count => _entries.Count;

    public byte[] this[int index] => _entries[index];

    public LogCheckpoint Head => LogCheckpoint.Parse(Checkpoint);

    /// <summary>A valid entry that differs for each number.</summary>
    public static byte[] Entry(int number) => new AuditEntry
    {
        At = DateTimeOffset.UnixEpoch.AddSeconds(number),
        Kind = "pod.create",
        Boot = "b",
        Subject = AuditEntry.Values(("pod", "p" + number.ToString(CultureInfo.InvariantCulture))),
    }.Encode();

    public TreeReader Tree(long size) => new(Tile, size);

    public ReadOnlyMemory<byte>? Tile(TileName name) => Files.TryGetValue(name, out var file) ? (ReadOnlyMemory<byte>?)file : null;

    public AuditReport Verify(LogCheckpoint? known = null, long minimum = 0) =>
        AuditVerification.Verify(Checkpoint, Signer.Verifier, Tile, minimum, known, TestContext.Current.CancellationToken);

    /// <summary>Puts other entries in place, with files and checkpoint that fit them: what one can do who has the key.</summary>
    public void Rewrite(Action<List<byte[]>> change)
    {
        change(_entries);
        Files = Publish(_entries);
        Checkpoint = Sign(_entries);
    }

    /// <summary>The files of a log, computed by the definition in RFC 6962 and C2SP tlog-tiles, without the code under test.</summary>
    private static Dictionary<TileName, byte[]> Publish(List<byte[]> entries)
    {
        var files = new Dictionary<TileName, byte[]>();
        var hashes = entries.ConvertAll(static e => TreeHash.Leaf(e));
        foreach (var (bundle, index) in entries.Chunk(256).Select(static (b, i) => (b, i)))
        {
            files[new TileName(TileName.Entries, index, bundle.Length)] = EntryBundle.Write(bundle);
        }

        for (var level = 0; hashes.Count > 0; level++)
        {
            var above = new List<TreeHash>();
            foreach (var (tile, index) in hashes.Chunk(256).Select(static (t, i) => (t, i)))
            {
                var bytes = new byte[tile.Length * TreeHash.Size];
                for (var i = 0; i < tile.Length; i++)
                {
                    tile[i].CopyTo(bytes.AsSpan(i * TreeHash.Size));
                }

                files[new TileName(level, index, tile.Length)] = bytes;
                if (tile.Length == 256)
                {
                    above.Add(Root(tile));
                }
            }

            hashes = above;
        }

        return files;
    }

    /// <summary>MTH of RFC 6962 §2.1, word for word.</summary>
    internal static TreeHash Root(ReadOnlySpan<TreeHash> leaves)
    {
        if (leaves.Length == 0)
        {
            return TreeHash.Empty;
        }

        if (leaves.Length == 1)
        {
            return leaves[0];
        }

        var left = 1;
        while (left * 2 < leaves.Length)
        {
            left *= 2;
        }

        return TreeHash.Node(Root(leaves[..left]), Root(leaves[left..]));
    }

    private SignedNote Sign(List<byte[]> entries) =>
        new LogCheckpoint(Signer.Verifier.Name, entries.Count, Root([.. entries.Select(static e => TreeHash.Leaf(e))])).Sign(Signer);
}
