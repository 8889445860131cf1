namespace Skerry.Node.Audit;

/// <summary>What the audit log is told when it is opened.</summary>
internal sealed record AuditOptions
{
    /// <summary>Its directory.</summary>
    public required string Directory { get; init; }

    /// <summary>The log's name in checkpoints and keys.</summary>
    public required string Origin { get; init; }

    /// <summary>Bytes of entries that are kept; older ones are pruned, whole bundles at a time.</summary>
    public required long Keep { get; init; }

    /// <summary>This boot of the machine.</summary>
    public required string BootId { get; init; }

    /// <summary>The last checkpoint that the journal knows of; null where there was none.</summary>
    public string? Known { get; init; }
}
