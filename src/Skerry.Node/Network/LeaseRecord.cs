namespace Skerry.Node.Network;

/// <summary>
/// All that is needed to undo a join, written before the join begins and after each plugin. It is never synced to disk: what it
/// describes lives in the kernel and is gone with a power cut too.
/// </summary>
internal sealed record LeaseRecord
{
    /// <summary>The pod.</summary>
    public required string PodId { get; init; }

    /// <summary>The pod's name, for messages.</summary>
    public string PodName { get; init; } = string.Empty;

    /// <summary>The network's name.</summary>
    public required string Network { get; init; }

    /// <summary>The interface that the plugins were told to make.</summary>
    public required string Interface { get; init; }

    /// <summary>The pod's network namespace.</summary>
    public required string NamespacePath { get; init; }

    /// <summary>The CNI configuration list that was used; DEL must see the same.</summary>
    public required string Config { get; init; }

    /// <summary>CNI_ARGS as the plugins saw them.</summary>
    public string Arguments { get; init; } = string.Empty;

    /// <summary>Published ports.</summary>
    public IReadOnlyList<PortRequest> Ports { get; init; } = [];

    /// <summary>What the pod asked of name resolution.</summary>
    public DnsSettings Dns { get; init; } = DnsSettings.None;

    /// <summary>How many plugins of the list were started, at most one of them unfinished.</summary>
    public int Started { get; init; }

    /// <summary>The last result, JSON; null before the first.</summary>
    public string? Result { get; init; }

    /// <summary>What the pod was told; null until the join was complete.</summary>
    public NetworkLease? Lease { get; init; }
}
