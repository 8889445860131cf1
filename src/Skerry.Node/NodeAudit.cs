using Skerry.Node.Audit;
using Skerry.Node.Configuration;
using Skerry.Node.Reconcile;

namespace Skerry.Node;

/// <summary>Opens the audit log of a node.</summary>
internal static class NodeAudit
{
    private const string KnownCheckpoint = "audit.checkpoint";

    /// <summary>Opens the log, holds it against the journal, and has the journal know each of its checkpoints.</summary>
    internal static (AuditLog Log, string? Trouble) Open(NodeOptions options, NodePaths paths, Journal.Journal journal, string instance, string bootId, TimeProvider clock, ILogger log)
    {
        var audit = AuditOpening.Open(
            new AuditOptions
            {
                Directory = paths.Audit,
                Origin = options.AuditOrigin ?? $"skerry.internal/node/{instance}",
                Keep = options.AuditKeep,
                BootId = bootId,
                Known = journal.ReadMeta(KnownCheckpoint),
            },
            clock,
            out var trouble);
        if (trouble is not null)
        {
            log.AuditTrouble(trouble);
        }

        // A checkpoint is durable in the log itself; the journal's copy need only outlive the daemon, and may lag behind after a power cut.
        audit.Written = checkpoint => _ = journal.PutMeta(KnownCheckpoint, checkpoint.ToString(), durable: false);
        return (audit, trouble);
    }
}
