using System.Globalization;
using Skerry.Guard.Audit;

namespace Skerry.Node.Audit;

/// <summary>Opens a node's audit log, and says in it what is known to be wrong with it.</summary>
internal static class AuditOpening
{
    /// <summary>
    /// Opens or begins the log.
    /// <list type="number">
    /// <item>Read key, tail and the tree's edge; cut off a batch that a power cut left unfinished.</item>
    /// <item>Hold it against the checkpoint that the journal knows. A log that is damaged, or is not what it was, is set aside as it is, and
    /// another is begun under another name: a log never signs two different pasts.</item>
    /// <item>Say what is missing: a log that was not closed may lack entries of its last moments. Where that cannot be written (a full disk), it is
    /// owed to the log, and written before all else when it can be.</item>
    /// </list>
    /// </summary>
    /// <param name="options">What it is told.</param>
    /// <param name="clock">The time.</param>
    /// <param name="trouble">What was wrong; null where nothing was.</param>
    /// <exception cref="IOException">There is no log yet, and it cannot be begun.</exception>
    internal static AuditLog Open(AuditOptions options, TimeProvider clock, out string? trouble)
    {
        var files = new AuditFiles(options.Directory);
        try
        {
            // 1. what is there
            var signer = AuditKey.Open(files, options.Origin);
            if (Resume(files, signer, options.Keep) is { } writer)
            {
                // 2. is it what it was
                if (Dispute(options.Known, writer.View, signer.Verifier) is { } dispute)
                {
                    writer.Dispose();
                    throw new AuditFormatException("audit log", dispute);
                }

                // 3. what is missing
                trouble = null;
                return Continue(writer, options, clock);
            }

            trouble = options.Known is null ? null : "the audit log is gone, and the journal knows of one; a new one was begun";
            return Begin(files, signer, options, clock, trouble);
        }
        catch (AuditFormatException error)
        {
            var aside = string.Create(CultureInfo.InvariantCulture, $"{options.Directory}.{clock.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}");
            Directory.Move(options.Directory, aside);
            trouble = $"{error.Message}; the log was set aside as {Path.GetFileName(aside)}, and a new one was begun";
            var signer = AuditKey.Inherit(files, new AuditFiles(aside), string.Create(CultureInfo.InvariantCulture, $"{options.Origin}/{clock.GetUtcNow().ToUnixTimeSeconds()}"));
            return Begin(files, signer, options, clock, trouble);
        }
    }

    private static AuditWriter? Resume(AuditFiles files, NoteSigner signer, long keep)
    {
        TreeEdge? full = null;
        TreeEdge? edge = null;
        var tail = AuditTail.Open(files, (first, batch) =>
        {
            full ??= EdgeOf(files, first);
            var grown = (edge ?? full).Copy();
            foreach (var entry in batch.Entries)
            {
                grown.Add(TreeHash.Leaf(entry));
            }

            if (!batch.Checkpoint.IsSignedBy(signer.Verifier) || LogCheckpoint.Parse(batch.Checkpoint) != new LogCheckpoint(signer.Verifier.Name, grown.Size, grown.Root()))
            {
                return false;
            }

            edge = grown;
            return true;
        });
        if (tail is null)
        {
            return files.ReadText(AuditWriter.CheckpointName) is null ? null : throw new AuditFormatException(AuditTail.Name, "it is missing, and the log has a checkpoint");
        }

        var writer = new AuditWriter(files, signer, keep, tail, full ?? EdgeOf(files, tail.First));
        if (writer.View is { Tail.Count: >= TileName.Full, Checkpoint: { } checkpoint })
        {
            // A crash came between the tail and the bundles.
            writer.RollWhereItCan(checkpoint);
        }

        return writer;
    }

    private static TreeEdge EdgeOf(AuditFiles files, long size) => new TreeReader(files.Read, size).Edge(size);

    /// <summary>Why the log is not the one that the journal knows, or null where it is.</summary>
    private static string? Dispute(string? known, AuditView view, NoteVerifier key)
    {
        if (known is null)
        {
            return null;
        }

        var checkpoint = LogCheckpoint.Parse(SignedNote.Parse(known));
        if (checkpoint.Origin != key.Name)
        {
            return $"the journal knows a log '{checkpoint.Origin}', this is '{key.Name}'";
        }

        if (checkpoint.Size > view.Size)
        {
            return string.Create(CultureInfo.InvariantCulture, $"the journal knows {checkpoint.Size} entries, the log has {view.Size}: entries were cut, or an older copy was put in its place");
        }

        return checkpoint.Size < view.Minimum || new TreeReader(view.Read, view.Size).Root(checkpoint.Size) == checkpoint.Root
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"the first {checkpoint.Size} entries are not those that the journal knows: the past was rewritten");
    }

    private static AuditLog Continue(AuditWriter writer, AuditOptions options, TimeProvider clock)
    {
        var view = writer.View;
        var last = view.Size > view.Minimum ? AuditEntry.Parse(view.Entries(view.Size - 1).First().Entry) : null;
        if (last is not null && last.Kind != AuditLog.CloseKind)
        {
            var reason = last.Boot == options.BootId ? "the node's daemon ended without closing the log" : "the machine went down without closing the log";
            var gap = Entry(AuditVerification.GapKind, options, clock, $"{reason}: entries between the one before and this may be missing").Encode();
            try
            {
                writer.Append([gap]);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return new AuditLog(writer, options.BootId, clock, (gap, error.Message));
            }
        }

        return new AuditLog(writer, options.BootId, clock);
    }

    private static AuditLog Begin(AuditFiles files, NoteSigner signer, AuditOptions options, TimeProvider clock, string? trouble)
    {
        var writer = new AuditWriter(files, signer, options.Keep, AuditTail.Begin(files, 0, [], null), new TreeEdge());
        var first = Entry(AuditLog.BeginKind, options, clock, trouble) with { Outcome = trouble is null ? "ok" : "failed", Subject = AuditEntry.Values(("key", signer.Verifier.ToString())) };
        writer.Append([(options.Known is null ? first : first with { Details = AuditEntry.Values(("known", options.Known), ("reason", trouble)) }).Encode()]);
        return new AuditLog(writer, options.BootId, clock);
    }

    private static AuditEntry Entry(string kind, AuditOptions options, TimeProvider clock, string? reason) =>
        new() { At = clock.GetUtcNow(), Kind = kind, Boot = options.BootId, Details = AuditEntry.Values(("reason", reason)) };
}
