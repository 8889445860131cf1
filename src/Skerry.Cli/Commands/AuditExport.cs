using System.Globalization;
using System.Text;
using Skerry.Cli.CommandLine;
using Skerry.Cli.Rendering;
using Skerry.Guard.Audit;

namespace Skerry.Cli.Commands;

/// <summary><c>skerry audit export</c>: the log as files that are kept elsewhere. What was kept there before is evidence, and is never written over by another log.</summary>
internal static class AuditExport
{
    internal static Command Table() => new("export", "write the log to a directory that other tools read (C2SP tlog-tiles)")
    {
        Operands = "DIRECTORY",
        MinOperands = 1,
        MaxOperands = 1,
        Completes = [Completes.Directory],
        Notes = "The directory holds checkpoint, key, minimum and the tiles. What is there already is not written again, so that a repeated export only adds. "
            + "Where the log does not continue the one that is there, nothing is written: what is there shows that the log was rewritten or cut.",
        Examples = [("skerry audit export /mnt/evidence", "all that is in the log now")],
        Run = static i =>
        {
            var directory = i.Operands[0];
            var log = AuditSource.Of(i.Node, null);
            var files = Write(log, directory);
            i.Out.Line(Humanise.Safe(string.Create(CultureInfo.InvariantCulture, $"{directory}: {LogCheckpoint.Parse(log.Checkpoint).Size} entries, {files} files written")));
            return ExitCodes.Ok;
        },
    };

    /// <summary>
    /// Writes a log, and says how many of its files were not there. 1. The log must continue the one that is in the directory. 2. Bundles and tiles.
    /// 3. Minimum and key. 4. The checkpoint, which makes them count.
    /// </summary>
    /// <exception cref="CliFailure">It does not continue it, a file of the log is missing, or one cannot be written.</exception>
    internal static int Write(AuditSource log, string directory)
    {
        // 1.
        var now = LogCheckpoint.Parse(log.Checkpoint);
        if (File.Exists(Path.Combine(directory, AuditSource.CheckpointName)) && Difference(log, now, directory) is { } difference)
        {
            throw new CliFailure(
                $"{directory}: this log does not continue the one that is there: {difference}; nothing was written",
                "keep what is there, it is evidence, and 'skerry audit verify --against' says more; or export into another directory");
        }

        // 2.
        var files = 0;
        foreach (var name in TileName.All(now.Size, log.Minimum))
        {
            var path = Path.Combine(directory, name.ToString());
            if (!File.Exists(path))
            {
                var content = log.Read(name) ?? throw new CliFailure($"the node has no {name} of its log any more", "it was pruned meanwhile, or is damaged: 'skerry audit verify'");
                AuditSource.Write(path, content.Span);
                files++;
            }
        }

        // 3.
        AuditSource.Write(Path.Combine(directory, AuditSource.MinimumName), Encoding.UTF8.GetBytes(log.Minimum.ToString(CultureInfo.InvariantCulture)));
        AuditSource.Write(Path.Combine(directory, AuditSource.KeyName), Encoding.UTF8.GetBytes(log.Key + "\n"));

        // 4.
        AuditSource.Write(Path.Combine(directory, AuditSource.CheckpointName), Encoding.UTF8.GetBytes(log.Checkpoint.ToString()));
        return files;
    }

    /// <summary>Why the log is not a later state of the one in a directory; null where it is.</summary>
    private static string? Difference(AuditSource log, LogCheckpoint now, string directory)
    {
        try
        {
            var kept = SignedNote.Parse(AuditSource.Kept(directory, AuditSource.CheckpointName));
            return AuditVerification.Difference(LogCheckpoint.Parse(kept), now, log.Read, log.Minimum)
                ?? (kept.IsSignedBy(log.Key) ? null : $"its checkpoint is not signed by {log.Key.Name} ({log.Key.Id:x8})");
        }
        catch (AuditFormatException error)
        {
            return error.Message;
        }
    }
}
