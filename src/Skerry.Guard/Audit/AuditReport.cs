namespace Skerry.Guard.Audit;

/// <summary>What a verification of a log found.</summary>
public sealed record AuditReport
{
    /// <summary>What the log says of itself; null where that could not be read.</summary>
    public LogCheckpoint? Checkpoint { get; init; }

    /// <summary>First entry that is still there; those before were pruned.</summary>
    public long Minimum { get; init; }

    /// <summary>Entries that were read.</summary>
    public long Entries { get; init; }

    /// <summary>Time of the first that was read.</summary>
    public DateTimeOffset? First { get; init; }

    /// <summary>Time of the last.</summary>
    public DateTimeOffset? Last { get; init; }

    /// <summary>Entries that say that something is missing before them, because the node ended without closing its log or could not write: number and reason.</summary>
    public IReadOnlyList<AuditFinding> Gaps { get; init; } = [];

    /// <summary>What is wrong. None: the log is whole and its own.</summary>
    public IReadOnlyList<AuditFinding> Findings { get; init; } = [];
}
