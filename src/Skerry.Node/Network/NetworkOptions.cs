using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Skerry.Node.Network;

/// <summary>
/// How a node connects its pods. Everything it writes is below <see cref="RunDirectory"/>; everything it makes in the kernel carries
/// <see cref="ShortId"/> in its name, so that several nodes on one machine do not meet.
/// </summary>
internal sealed record NetworkOptions
{
    /// <summary>The node's own id, any text; unique on the machine.</summary>
    internal required string NodeInstance { get; init; }

    /// <summary>The node's RUN directory; leases are kept in its folder "network". Must be on tmpfs to be right after a power cut.</summary>
    internal required string RunDirectory { get; init; }

    /// <summary>Where people put network configurations (*.conflist, *.conf, *.json).</summary>
    internal string ConfigDirectory { get; init; } = "/etc/cni/net.d";

    /// <summary>Where plugins are looked for, in this order: Debian's place, then upstream's.</summary>
    internal IReadOnlyList<string> PluginDirectories { get; init; } = ["/usr/lib/cni", "/opt/cni/bin"];

    /// <summary>
    /// The network of a pod that names none. "none" unless the node's configuration says otherwise (docs/decisions/0012); a pod that
    /// publishes ports then gets the built-in one.
    /// </summary>
    internal string DefaultNetwork { get; init; } = PodNetwork.None;

    /// <summary>IPv4 prefix of the built-in network; null: a free one from 10.88.0.0/16 … 10.127.0.0/16.</summary>
    internal string? Subnet { get; init; }

    /// <summary>IPv6 prefix of the built-in network; null: a unique local /64 (RFC 4193) made from the node's id.</summary>
    internal string? Subnet6 { get; init; }

    /// <summary>How traffic of the built-in network gets through the host's forward chain.</summary>
    internal ForwardRules ForwardRules { get; init; } = ForwardRules.Shared;

    /// <summary>How long one plugin may take.</summary>
    internal TimeSpan PluginTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many pods join or leave at once; more only fight for the kernel's rtnl and nftables locks.</summary>
    internal int Parallelism { get; init; } = Math.Clamp(Environment.ProcessorCount * 2, 2, 8);

    /// <summary>The network namespace that is the "host" to this node; null: the daemon's own.</summary>
    internal string? HostNamespace { get; init; }

    /// <summary>Eight hex digits that stand for the node in names of bridges, tables and chains.</summary>
    internal string ShortId => Convert.ToHexStringLower(Hash().AsSpan(0, 4));

    /// <summary>The bridge of the built-in network; IFNAMSIZ leaves 15 characters.</summary>
    internal string Bridge => $"sk-{ShortId}";

    /// <summary>Leases, generated configurations and the address store.</summary>
    internal string StateDirectory => Path.Combine(RunDirectory, "network");

    /// <summary>The unique local prefix: fd, 40 bits of the hash, subnet 0 (RFC 4193, section 3.1).</summary>
    internal string DefaultSubnet6()
    {
        var hash = Hash();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"fd{hash[8]:x2}:{(hash[9] << 8) | hash[10]:x}:{(hash[11] << 8) | hash[12]:x}::/64");
    }

    /// <summary>Where in the list of IPv4 candidates this node begins, so that two nodes that start together differ.</summary>
    internal int SubnetStart(int candidates) => Hash()[16] % candidates;

    private byte[] Hash() => SHA256.HashData(Encoding.UTF8.GetBytes(NodeInstance));
}
