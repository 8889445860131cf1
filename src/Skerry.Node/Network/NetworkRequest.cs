namespace Skerry.Node.Network;

/// <summary>A pod that wants to join a network.</summary>
internal sealed record NetworkRequest
{
    /// <summary>The pod; CNI's container id.</summary>
    internal required string PodId { get; init; }

    /// <summary>"none", "host", the name of a CNI network, or empty for the node's default.</summary>
    internal string Network { get; init; } = string.Empty;

    /// <summary>Path of the pod's pinned network namespace; not used for "host".</summary>
    internal string NamespacePath { get; init; } = string.Empty;

    /// <summary>The pod's name, for messages.</summary>
    internal string PodName { get; init; } = string.Empty;

    /// <summary>Ports to publish.</summary>
    internal IReadOnlyList<PortRequest> Ports { get; init; } = [];

    /// <summary>What the pod asked for; handed to plugins that can use it.</summary>
    internal DnsSettings Dns { get; init; } = DnsSettings.None;

    /// <summary>More CNI_ARGS, KEY to value.</summary>
    internal IReadOnlyDictionary<string, string> Arguments { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}
