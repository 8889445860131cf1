namespace Skerry.Node.Isolation.Cgroups;

/// <summary>One reading of a container's group. Counters only grow while the group exists.</summary>
internal sealed record CgroupStats
{
    /// <summary>CPU time used, ns.</summary>
    public ulong CpuNanoseconds { get; init; }

    /// <summary>Periods in which the quota ran out.</summary>
    public ulong ThrottledPeriods { get; init; }

    /// <summary>Usage less inactive file pages, bytes.</summary>
    public ulong MemoryBytes { get; init; }

    /// <summary>Limit, bytes; 0: none.</summary>
    public ulong MemoryLimitBytes { get; init; }

    /// <summary>Most that was ever used, bytes.</summary>
    public ulong MemoryPeakBytes { get; init; }

    /// <summary>Processes and threads.</summary>
    public ulong Pids { get; init; }

    /// <summary>Limit; 0: none.</summary>
    public ulong PidsLimit { get; init; }

    /// <summary>Bytes read from block devices.</summary>
    public ulong IoReadBytes { get; init; }

    /// <summary>Bytes written to block devices.</summary>
    public ulong IoWriteBytes { get; init; }

    /// <summary>Processes that the kernel killed for want of memory.</summary>
    public ulong OomKills { get; init; }
}
