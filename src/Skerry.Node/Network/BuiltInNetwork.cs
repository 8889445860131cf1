using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Skerry.Linux;
using Skerry.Node.Network.Cni;

namespace Skerry.Node.Network;

/// <summary>
/// The network that is there without any configuration: a bridge of the node's own, addresses from host-local, ports by portmap, all
/// IPv4 and IPv6. What is the same for all pods (masquerading, forwarding) is made once for the bridge and not for each pod.
/// </summary>
internal sealed class BuiltInNetwork(NetworkOptions options)
{
    /// <summary>Its name for users.</summary>
    internal const string Name = "bridge";

    private readonly Lock _lock = new(); // guards _list and serialises Ensure
    private CniConfigList? _list;

    private string Table => $"skerry_{options.ShortId}";

    private string Chain => $"SKERRY-{options.ShortId}";

    private string AddressDirectory => Path.Combine(options.StateDirectory, "ipam");

    private string ListFile => Path.Combine(options.StateDirectory, "bridge.conflist");

    /// <summary>
    /// The network's configuration; the host is made ready for it when that has not been done since this object was made. The calling
    /// thread must be in the host's network namespace.
    /// </summary>
    /// <exception cref="NetworkException">A tool is missing, or no prefix is free.</exception>
    internal CniConfigList Ensure()
    {
        lock (_lock)
        {
            if (_list is { } ready)
            {
                return ready;
            }

            // 1. Prefixes. What was used before is used again, or leases that are out would not match.
            var before = Before();
            var subnet = options.Subnet is { } fixedSubnet ? Prefix(fixedSubnet) : SubnetChoice.Pick(
                File.ReadAllText("/proc/thread-self/net/route"), options.Bridge, before, options.SubnetStart(SubnetChoice.Candidates));
            var subnet6 = HasIPv6() ? Prefix(options.Subnet6 ?? options.DefaultSubnet6()) : (IPNetwork?)null;

            // 2. A host that learns its own IPv6 route from advertisements must go on doing so when forwarding is switched on.
            KeepRouterAdvertisements();

            // 3. The bridge. The plugin would make it too, but then its IPv6 address is tentative for two seconds (duplicate address
            // detection, RFC 4862) and the first pod cannot be reached.
            MakeBridge();

            // 4. Masquerading and the guard of 127.0.0.0/8, in a table of our own, replaced in one transaction.
            HostTool.Run("nft", "nftables", ["-f", "-"], Rules(subnet, subnet6), "built-in network: masquerading");

            // 5. The host's forward chain, which may drop by policy (docker, ufw).
            if (options.ForwardRules == ForwardRules.Shared)
            {
                OpenForward("iptables");
                OpenForward("ip6tables");
            }

            // 6. The configuration, kept for the next start.
            Directory.CreateDirectory(options.StateDirectory);
            var json = Conflist(subnet, subnet6).ToJsonString();
            var list = CniConfigList.Parse(Encoding.UTF8.GetBytes(json), "built-in");
            AtomicFile.Write(ListFile, json);
            _list = list;
            return list;
        }
    }

    /// <summary>Makes the next join look at the host again: rules may have been flushed by others.</summary>
    internal void Forget()
    {
        lock (_lock)
        {
            _list = null;
        }
    }

    /// <summary>The last generated configuration without touching the host, or null.</summary>
    internal CniConfigList? Last()
    {
        lock (_lock)
        {
            try
            {
                return _list ?? (File.Exists(ListFile) ? CniConfigList.Parse(File.ReadAllBytes(ListFile), ListFile) : null);
            }
            catch (NetworkException)
            {
                return null; // cut short by a power cut; Ensure writes a new one
            }
        }
    }

    /// <summary>Addresses in the store whose pod is not live: given back.</summary>
    /// <returns>How many.</returns>
    internal int SweepAddresses(IReadOnlySet<string> live)
    {
        var store = Path.Combine(AddressDirectory, Name);
        var released = 0;
        if (!Directory.Exists(store))
        {
            return released;
        }

        foreach (var file in Directory.EnumerateFiles(store))
        {
            // host-local: a file named by the address has the container's id and, after CRLF, the interface.
            if (!IPAddress.TryParse(Path.GetFileName(file), out _))
            {
                continue;
            }

            var owner = File.ReadLines(file).FirstOrDefault() ?? string.Empty;
            if (!live.Contains(owner))
            {
                File.Delete(file);
                released++;
            }
        }

        return released;
    }

    /// <summary>Removes the bridge and the rules, when no pod is left.</summary>
    internal void TearDown()
    {
        lock (_lock)
        {
            _list = null;
            if (HostTool.Find("nft") is { } nft)
            {
                HostTool.Try(nft, ["delete", "table", "inet", Table], string.Empty, out _);
            }

            foreach (var name in (ReadOnlySpan<string>)["iptables", "ip6tables"])
            {
                if (HostTool.Find(name) is { } tool)
                {
                    HostTool.Try(tool, ["-w", "-D", "FORWARD", "-j", Chain], string.Empty, out _);
                    HostTool.Try(tool, ["-w", "-F", Chain], string.Empty, out _);
                    HostTool.Try(tool, ["-w", "-X", Chain], string.Empty, out _);
                }
            }

            if (HostTool.Find("ip") is { } ip)
            {
                HostTool.Try(ip, ["link", "delete", options.Bridge], string.Empty, out _);
            }
        }
    }

    private static IPNetwork Prefix(string text) =>
        IPNetwork.TryParse(text, out var prefix) ? prefix : throw new NetworkException(
            NetworkFault.Invalid, $"built-in network: '{text}' is no prefix", "write it as 10.88.0.0/16 or fd00:1::/64, with all host bits 0");

    private static bool HasIPv6()
    {
        const string File6 = "/proc/sys/net/ipv6/conf/all/disable_ipv6";
        return File.Exists(File6) && File.ReadAllText(File6).AsSpan().Trim() is "0";
    }

    private static void KeepRouterAdvertisements()
    {
        const string Root = "/proc/sys/net/ipv6/conf";
        if (!Directory.Exists(Root) || File.ReadAllText($"{Root}/all/forwarding").AsSpan().Trim() is not "0")
        {
            return;
        }

        foreach (var directory in Directory.EnumerateDirectories(Root))
        {
            if (Path.GetFileName(directory) is "all" or "default" or "lo")
            {
                continue;
            }

            // 1 accepts advertisements only while not forwarding, 2 always (ip-sysctl.rst, accept_ra).
            var file = $"{directory}/accept_ra";
            if (File.Exists(file) && File.ReadAllText(file).AsSpan().Trim() is "1")
            {
                ProcFile.TryWrite(file, "2");
            }
        }
    }

    private void MakeBridge()
    {
        if (!File.ReadAllText("/proc/thread-self/net/dev").Contains($"\n{options.Bridge}:", StringComparison.Ordinal))
        {
            HostTool.Run("ip", "iproute2", ["link", "add", "name", options.Bridge, "type", "bridge"], string.Empty, "built-in network: bridge");
        }

        ProcFile.TryWrite($"/proc/sys/net/ipv6/conf/{options.Bridge}/accept_dad", "0");
        HostTool.Run("ip", "iproute2", ["link", "set", options.Bridge, "up"], string.Empty, "built-in network: bridge");
    }

    private IPNetwork? Before()
    {
        try
        {
            var ranges = Last()?.Plugins[0].Config["ipam"]?["ranges"];
            return ranges?[0]?[0]?["subnet"]?.GetValue<string>() is { } text && IPNetwork.TryParse(text, out var prefix) ? prefix : null;
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException or FormatException)
        {
            // Somebody wrote it who is not this: as if there were none.
            return null;
        }
    }

    private string Rules(IPNetwork subnet, IPNetwork? subnet6)
    {
        var rules = new StringBuilder();
        rules.Append($"table inet {Table}\ndelete table inet {Table}\ntable inet {Table} {{\n");
        rules.Append(" chain postrouting {\n  type nat hook postrouting priority srcnat; policy accept;\n");
        rules.Append($"  ip saddr {subnet} ip daddr != {subnet} ip daddr != 224.0.0.0/4 masquerade\n");
        if (subnet6 is { } six)
        {
            rules.Append($"  ip6 saddr {six} ip6 daddr != {six} ip6 daddr != ff00::/8 masquerade\n");
        }

        // portmap sets route_localnet on the bridge so that 127.0.0.1:PORT works; without this a pod could reach the host's loopback.
        rules.Append(" }\n chain prerouting {\n  type filter hook prerouting priority raw; policy accept;\n");
        rules.Append($"  iifname \"{options.Bridge}\" ip daddr 127.0.0.0/8 drop\n }}\n}}\n");
        return rules.ToString();
    }

    private void OpenForward(string name)
    {
        if (HostTool.Find(name) is not { } tool || HostTool.Find(name + "-restore") is not { } restore)
        {
            return; // without iptables nobody has put anything in its chains
        }

        // --noflush with ":CHAIN -" empties and fills our chain alone, in one transaction.
        var rules = $"*filter\n:{Chain} - [0:0]\n-A {Chain} -i {options.Bridge} -j ACCEPT\n"
            + $"-A {Chain} -o {options.Bridge} -m conntrack --ctstate RELATED,ESTABLISHED,DNAT -j ACCEPT\nCOMMIT\n";
        HostTool.Run(Path.GetFileName(restore), "iptables", ["-w", "--noflush"], rules, "built-in network: forwarding");
        if (!HostTool.Try(tool, ["-w", "-C", "FORWARD", "-j", Chain], string.Empty, out _))
        {
            HostTool.Run(name, "iptables", ["-w", "-I", "FORWARD", "1", "-j", Chain], string.Empty, "built-in network: forwarding");
        }
    }

    private JsonObject Conflist(IPNetwork subnet, IPNetwork? subnet6)
    {
        var ranges = new JsonArray(new JsonArray(new JsonObject { ["subnet"] = subnet.ToString() }));
        var routes = new JsonArray(new JsonObject { ["dst"] = "0.0.0.0/0" });
        if (subnet6 is { } six)
        {
            ranges.Add((JsonNode)new JsonArray(new JsonObject { ["subnet"] = six.ToString() }));
            routes.Add((JsonNode)new JsonObject { ["dst"] = "::/0" });
        }

        var plugins = new JsonArray(
            new JsonObject
            {
                ["type"] = "bridge",
                ["bridge"] = options.Bridge,
                ["isGateway"] = true,
                ["ipMasq"] = false,
                ["hairpinMode"] = true,
                ["ipam"] = new JsonObject { ["type"] = "host-local", ["dataDir"] = AddressDirectory, ["ranges"] = ranges, ["routes"] = routes },
            },
            new JsonObject { ["type"] = "portmap", ["snat"] = true, ["capabilities"] = new JsonObject { ["portMappings"] = true } });
        if (options.ForwardRules == ForwardRules.Plugin)
        {
            plugins.Add((JsonNode)new JsonObject { ["type"] = "firewall", ["backend"] = "iptables" });
        }

        return new JsonObject { ["cniVersion"] = "1.0.0", ["name"] = Name, ["plugins"] = plugins };
    }
}
