using System.Text;

namespace Skerry.Guard.Audit;

/// <summary>
/// That one entry is in a log, in a file that anybody can check offline (C2SP tlog-proof). The entry itself travels in the extra data, in base64,
/// which the signature does not cover: it is believed only because its hash leads to the root.
/// </summary>
/// <param name="Entry">The entry.</param>
/// <param name="Index">Its place in the log.</param>
/// <param name="Path">Siblings from the leaf up.</param>
/// <param name="Checkpoint">The signed checkpoint.</param>
public sealed record EntryProof(byte[]? Entry, long Index, IReadOnlyList<TreeHash> Path, SignedNote Checkpoint)
{
    private const string Format = "entry proof";
    private const string Header = "c2sp.org/tlog-proof@v1";
    private const string Extra = "extra ";
    private const string IndexWord = "index ";
    private const int Deepest = 63;

    /// <summary>Reads a proof; nothing is verified.</summary>
    /// <exception cref="AuditFormatException">It is none.</exception>
    public static EntryProof Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var blank = text.IndexOf("\n\n", StringComparison.Ordinal);
        var lines = blank < 0 ? [] : text[..blank].Split('\n');
        var at = 0;
        if (lines.Length < 2 || lines[at++] != Header)
        {
            throw new AuditFormatException(Format, $"it does not begin with '{Header}', an index and a path");
        }

        var entry = lines[at].StartsWith(Extra, StringComparison.Ordinal) ? NoteText.Base64(Format, lines[at++][Extra.Length..]) : null;
        if (at == lines.Length || !lines[at].StartsWith(IndexWord, StringComparison.Ordinal))
        {
            throw new AuditFormatException(Format, "it has no index");
        }

        var index = NoteText.Decimal(Format, "index", lines[at++][IndexWord.Length..]);
        return lines.Length - at <= Deepest
            ? new EntryProof(entry, index, [.. lines[at..].Select(static l => TreeHash.FromBase64(Format, l))], SignedNote.Parse(text[(blank + 2)..]))
            : throw new AuditFormatException(Format, $"a path of more than {Deepest} hashes");
    }

    /// <summary>Why the proof does not hold, or null where it does.</summary>
    /// <param name="entry">The entry; null for the one that the proof brings.</param>
    /// <param name="key">The log's key.</param>
    public string? Refute(byte[]? entry, NoteVerifier key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if ((entry ?? Entry) is not { } bytes)
        {
            return "the proof does not bring the entry, and none was given";
        }

        var checkpoint = LogCheckpoint.Parse(Checkpoint);
        return !Checkpoint.IsSignedBy(key) ? $"the checkpoint is not signed by {key.Name} ({key.Id:x8})"
            : checkpoint.Origin != key.Name ? $"the checkpoint is of '{checkpoint.Origin}', the key of '{key.Name}'"
            : !MerkleProof.IsIncluded(TreeHash.Leaf(bytes), Index, checkpoint.Size, checkpoint.Root, Path)
                ? $"the path does not lead from this entry, as number {Index}, to the root of {checkpoint.Size} entries"
            : null;
    }

    /// <summary>The proof as it is written.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Header).Append('\n');
        if (Entry is { } entry)
        {
            text.Append(Extra).Append(Convert.ToBase64String(entry)).Append('\n');
        }

        text.Append(IndexWord).Append(Index).Append('\n');
        foreach (var hash in Path)
        {
            text.Append(hash).Append('\n');
        }

        return text.Append('\n').Append(Checkpoint).ToString();
    }
}
