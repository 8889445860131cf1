using System.Security.Cryptography;
using System.Text;
using Skerry.Guard.Audit;
using Skerry.Node.Audit;
using Skerry.Node.Configuration;
using Skerry.Node.Reconcile;

namespace Skerry.Node;

/// <summary>Opens the audit log of a node and writes its first words of this start.</summary>
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

    /// <summary>Says that the node starts, and which of its policies are others than at the last start.</summary>
    internal static async Task Begin(AuditTrail trail, Journal.Journal journal, params IReadOnlyList<(string Name, string Source, string Text)> policies)
    {
        _ = trail.Write("node.start", "ok", AuditEntry.None, AuditEntry.Values(("version", NodeVersion.Text)));
        foreach (var (name, source, text) in policies)
        {
            var digest = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
            var before = journal.ReadMeta("policy." + name);
            if (digest != before)
            {
                _ = trail.Write("policy.change", "ok", AuditEntry.Values(("policy", name)), AuditEntry.Values(("source", source), ("digest", digest), ("before", before)));
                await journal.PutMeta("policy." + name, digest).ConfigureAwait(false);
            }
        }
    }
}
