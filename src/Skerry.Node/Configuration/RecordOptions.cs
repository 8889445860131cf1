namespace Skerry.Node.Configuration;

/// <summary>What a person can say of the flight recorder: [record] in skerry.toml.</summary>
internal sealed record RecordOptions
{
    /// <summary>Kernel events of containers are recorded.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Most bytes on disk; the oldest go first.</summary>
    public long Quota { get; init; } = 256L << 20;

    /// <summary>Free bytes that recording leaves on the disk; below it stops and says so.</summary>
    public long Reserve { get; init; } = 256L << 20;

    /// <summary>How long an event may wait in memory: what a power cut can cost, against how often a disk is written.</summary>
    public TimeSpan Flush { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>When what was written is on the disk for certain.</summary>
    public RecordSync Sync { get; init; } = RecordSync.Block;
}
