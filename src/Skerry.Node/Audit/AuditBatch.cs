using Skerry.Guard.Audit;

namespace Skerry.Node.Audit;

/// <summary>Entries that were written at once, and the log's checkpoint with them.</summary>
/// <param name="Entries">The entries.</param>
/// <param name="Checkpoint">The checkpoint, not verified.</param>
/// <param name="Length">Bytes in the file.</param>
internal sealed record AuditBatch(IReadOnlyList<byte[]> Entries, SignedNote Checkpoint, int Length);
