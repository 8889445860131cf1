namespace Skerry.Guard.Audit;

/// <summary>What a log says of itself at one moment: who it is, how many entries it has, and the root of their tree (C2SP tlog-checkpoint).</summary>
/// <param name="Origin">The log's name.</param>
/// <param name="Size">Number of entries.</param>
/// <param name="Root">Root of the tree over them.</param>
public sealed record LogCheckpoint(string Origin, long Size, TreeHash Root)
{
    private const string Format = "checkpoint";

    /// <summary>Reads the text of a note; lines after the third are extensions, which say nothing here.</summary>
    /// <exception cref="AuditFormatException">It is no checkpoint.</exception>
    public static LogCheckpoint Parse(SignedNote note)
    {
        ArgumentNullException.ThrowIfNull(note);
        var lines = note.Text[..^1].Split('\n');
        return lines.Length >= 3 && lines.All(static l => l.Length > 0)
            ? new LogCheckpoint(lines[0], NoteText.Decimal(Format, "size", lines[1]), TreeHash.FromBase64(Format, lines[2]))
            : throw new AuditFormatException(Format, "not origin, size and root, each on a line of its own");
    }

    /// <summary>This checkpoint, signed.</summary>
    public SignedNote Sign(NoteSigner signer) => SignedNote.Sign(ToString(), signer);

    /// <summary>The text that is signed.</summary>
    public override string ToString() => $"{Origin}\n{Size}\n{Root}\n";
}
