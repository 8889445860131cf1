using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Skerry.Node.Configuration;
using Skerry.Node.Network;

namespace Skerry.Node.Survey;

/// <summary>What pod networks stand on. Rules and devices are tried in a network namespace made for it, never in the host's.</summary>
internal static class NetworkProbes
{
    private const string CniVersion = "1.0.0";

    /// <summary>Plugins that Skerry's own configurations name, and what for.</summary>
    private static readonly (string Type, string For)[] Plugins =
    [
        ("bridge", "pods reach each other and the world"),
        ("host-local", "addresses"),
        ("portmap", "published ports"),
        ("firewall", "a host whose firewall drops by default"),
        ("loopback", "networks configured in cni_config"),
    ];

    internal static IEnumerable<Probe> All(NodeOptions options) =>
    [
        .. Plugins.Select(p => new Probe("network", "cni " + p.Type, () => Plugin(p.Type, p.For, options.CniPluginDirectories))),
        new("network", "bridge and veth", static () => InNamespace("ip", "iproute2", "link add name b0 type bridge && {0} link add v0 type veth peer name v1", "CONFIG_BRIDGE and CONFIG_VETH")),
        new("network", "nftables", static () => InNamespace("nft", "nftables", "add table inet t && {0} 'add chain inet t c {{ type nat hook postrouting priority 100; }}'", "CONFIG_NF_TABLES and CONFIG_NFT_NAT")),
        new("network", "ipv6", IPv6),
    ];

    /// <summary>Asks a plugin for the versions it speaks (CNI spec 1.0.0, section 4, VERSION): it does nothing to any network.</summary>
    internal static ProbeResult Plugin(string type, string use, IReadOnlyList<string> directories)
    {
        var file = directories.Select(d => Path.Combine(d, type)).FirstOrDefault(File.Exists);
        if (file is null)
        {
            return ProbeResult.No($"not in {string.Join(" or ", directories)}; needed for: {use}; apt install containernetworking-plugins");
        }

        var (worked, said) = ToolTrial.Run(file, [], ["CNI_COMMAND=VERSION"], $"{{\"cniVersion\":\"{CniVersion}\"}}");
        if (!worked)
        {
            return ProbeResult.No($"{said}; install the CNI plugins again");
        }

        try
        {
            using var answer = JsonDocument.Parse(said);
            var versions = answer.RootElement.GetProperty("supportedVersions").EnumerateArray().Select(static v => v.GetString() ?? string.Empty).ToList();
            return versions.Contains(CniVersion, StringComparer.Ordinal)
                ? ProbeResult.Yes($"{file}; speaks CNI up to {versions[^1]}")
                : ProbeResult.No($"{file} speaks CNI {string.Join(", ", versions)} but not {CniVersion}; install plugins 1.0 or later");
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return ProbeResult.No($"{file} did not answer as a CNI plugin does; install the CNI plugins again");
        }
    }

    private static ProbeResult InNamespace(string tool, string package, string script, string kernel)
    {
        if (HostTool.Find(tool) is not { } file)
        {
            return ProbeResult.No($"'{tool}' is not installed; apt install {package}");
        }

        if (HostTool.Find("unshare") is not { } unshare)
        {
            return ProbeResult.No("'unshare' is not installed, so it could not be tried; apt install util-linux");
        }

        var line = file + " " + string.Format(System.Globalization.CultureInfo.InvariantCulture, script, file);
        var (worked, said) = ToolTrial.Run(unshare, ["--net", "/bin/sh", "-c", line]);
        return worked ? ProbeResult.Yes("tried in a network namespace") : ProbeResult.No($"{said}; the kernel needs {kernel}");
    }

    private static ProbeResult IPv6()
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
            return ProbeResult.Yes("a socket was bound to ::1");
        }
        catch (SocketException error)
        {
            return ProbeResult.No($"no socket can be bound to ::1 ({error.SocketErrorCode}): pods get IPv4 only; enable it with sysctl net.ipv6.conf.all.disable_ipv6=0");
        }
    }
}
