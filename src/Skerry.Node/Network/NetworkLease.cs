namespace Skerry.Node.Network;

/// <summary>What a pod got from a network. Immutable; goes into the journal as JSON (<see cref="NetworkJson"/>).</summary>
internal sealed record NetworkLease
{
    /// <summary>The pod.</summary>
    public required string PodId { get; init; }

    /// <summary>The network's name; "none" and "host" among them.</summary>
    public required string Network { get; init; }

    /// <summary>The interface inside the pod; empty for "host".</summary>
    public string Interface { get; init; } = string.Empty;

    /// <summary>The other end, on the host; empty where there is none.</summary>
    public string HostInterface { get; init; } = string.Empty;

    /// <summary>Hardware address of <see cref="Interface"/>.</summary>
    public string Mac { get; init; } = string.Empty;

    /// <summary>Addresses, in the order the network gave them.</summary>
    public IReadOnlyList<LeaseAddress> Addresses { get; init; } = [];

    /// <summary>What the network says about name resolution.</summary>
    public DnsSettings Dns { get; init; } = DnsSettings.None;

    /// <summary>Published ports with the host ports that were picked.</summary>
    public IReadOnlyList<PortRequest> Ports { get; init; } = [];

    /// <summary>The pod's network namespace.</summary>
    public string NamespacePath { get; init; } = string.Empty;
}
