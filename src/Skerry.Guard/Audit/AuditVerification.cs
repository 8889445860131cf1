namespace Skerry.Guard.Audit;

/// <summary>
/// Reads a whole log again and says what is wrong with it.
/// <list type="number">
/// <item>The checkpoint is signed by the log's key and is of that log.</item>
/// <item>Every entry is in its canonical form, and hashes to what the tile of its level says; every tile above holds the roots of those below.</item>
/// <item>The root over all of it is the checkpoint's.</item>
/// <item>A checkpoint that somebody kept is of this same log: nothing it covered was changed, cut or reordered since.</item>
/// </list>
/// </summary>
public static class AuditVerification
{
    /// <summary>An entry that says that entries before it may be missing.</summary>
    public const string GapKind = "log.gap";

    private const int MostFindings = 100;

    /// <summary>Verifies a log.</summary>
    /// <param name="note">Its checkpoint.</param>
    /// <param name="key">Its key, from a place that whoever could change the log could not change.</param>
    /// <param name="tiles">Its files.</param>
    /// <param name="minimum">First entry that is still there.</param>
    /// <param name="known">A checkpoint that was kept elsewhere.</param>
    /// <param name="ct">Stops it.</param>
    public static AuditReport Verify(SignedNote note, NoteVerifier key, TileSource tiles, long minimum, LogCheckpoint? known, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(note);
        ArgumentNullException.ThrowIfNull(key);
        var findings = new List<AuditFinding>();

        // 1. the checkpoint
        LogCheckpoint checkpoint;
        try
        {
            checkpoint = LogCheckpoint.Parse(note);
        }
        catch (AuditFormatException error)
        {
            return new AuditReport { Findings = [new AuditFinding("checkpoint", error.Reason)] };
        }

        if (!note.IsSignedBy(key))
        {
            findings.Add(new AuditFinding("checkpoint", $"it is not signed by {key.Name} ({key.Id:x8}): somebody without the node's key wrote it, or this is the key of another node"));
        }
        else if (checkpoint.Origin != key.Name)
        {
            findings.Add(new AuditFinding("checkpoint", $"it is of the log '{checkpoint.Origin}', the key of '{key.Name}'"));
        }

        var walk = new LogWalk(tiles, checkpoint.Size, minimum);
        try
        {
            // 2. entries and tiles
            walk.Run(findings, MostFindings, ct);

            // 3. the root
            if (walk.Root() is var root && root != checkpoint.Root)
            {
                findings.Add(new AuditFinding("checkpoint", $"its root is {checkpoint.Root}, that of the {checkpoint.Size} entries is {root}: entries were changed, cut, added or reordered"));
            }

            // 4. what somebody kept
            if (known is not null && Difference(known, checkpoint, tiles, minimum) is { } difference)
            {
                findings.Add(new AuditFinding("known checkpoint", difference));
            }
        }
        catch (AuditFormatException error)
        {
            findings.Add(new AuditFinding(error.Format, error.Reason));
        }

        return new AuditReport
        {
            Checkpoint = checkpoint,
            Minimum = minimum,
            Entries = walk.Entries,
            First = walk.First,
            Last = walk.Last,
            Gaps = walk.Gaps,
            Findings = findings,
        };
    }

    /// <summary>What is wrong between two checkpoints of one log, or null where the later continues the earlier.</summary>
    /// <param name="known">The earlier.</param>
    /// <param name="now">The later.</param>
    /// <param name="tiles">The files of the log that the later is of.</param>
    /// <param name="minimum">First entry that is still there.</param>
    /// <exception cref="AuditFormatException">A file that is needed for it is missing or damaged.</exception>
    public static string? Difference(LogCheckpoint known, LogCheckpoint now, TileSource tiles, long minimum)
    {
        ArgumentNullException.ThrowIfNull(known);
        ArgumentNullException.ThrowIfNull(now);
        if (known.Origin != now.Origin)
        {
            return $"it is of the log '{known.Origin}', not of '{now.Origin}'";
        }

        if (known.Size > now.Size)
        {
            return $"it covers {known.Size} entries, and the log has {now.Size}: entries were cut, or an older copy was put in its place";
        }

        if (known.Size < minimum)
        {
            return $"it covers {known.Size} entries, of which the log has pruned all: it cannot be compared any more";
        }

        return new TreeReader(tiles, now.Size).Root(known.Size) is var root && root == known.Root
            ? null
            : $"its root is {known.Root}, that of the first {known.Size} entries is now {root}: the past was rewritten";
    }
}
