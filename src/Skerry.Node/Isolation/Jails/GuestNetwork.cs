namespace Skerry.Node.Isolation.Jails;

/// <summary>What a guest must take on to be its pod on the network: it answers in the place of the pod's own interface.</summary>
internal sealed record GuestNetwork
{
    /// <summary>The tap in the pod's network namespace, for the virtual machine's monitor.</summary>
    public required string Tap { get; init; }

    /// <summary>Hardware address that the guest's card must have, as 02:00:00:00:00:01.</summary>
    public required string Mac { get; init; }

    /// <summary>Largest packet.</summary>
    public required int Mtu { get; init; }

    /// <summary>Addresses in CIDR form, IPv4 and IPv6; none that only are valid on the link.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];

    /// <summary>Routes beyond those that addresses bring.</summary>
    public IReadOnlyList<GuestRoute> Routes { get; init; } = [];
}
