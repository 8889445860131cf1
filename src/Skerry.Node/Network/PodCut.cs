using System.Net;
using System.Text.Json;
using Skerry.Contracts.Node.V1;
using Skerry.Linux;
using Skerry.Linux.Network;

namespace Skerry.Node.Network;

/// <summary>
/// Cuts a pod with a network namespace of its own off, and joins it again. Of a pair of virtual interfaces the node's end is taken down, where nothing
/// in the pod can take it up; another kind is taken down within the namespace.
/// </summary>
internal static class PodCut
{
    private const string Step = "cut off";

    /// <summary>Takes the pod's interfaces down; those that are down stay so.</summary>
    /// <exception cref="NetworkException">A program is missing or failed.</exception>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    internal static void Cut(string space, IReadOnlyList<NetworkAddress> addresses) => Set(space, addresses, up: false);

    /// <summary>Takes them up.</summary>
    /// <exception cref="NetworkException">A program is missing or failed.</exception>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    internal static void Join(string space, IReadOnlyList<NetworkAddress> addresses) => Set(space, addresses, up: true);

    private static void Set(string space, IReadOnlyList<NetworkAddress> addresses, bool up)
    {
        using var opened = LinuxFile.OpenPath(space, 0);
        foreach (var name in addresses.Select(static a => a.Interface).Distinct(StringComparer.Ordinal))
        {
            var (index, kind, peer) = Of(NetworkNamespace.Run(opened, () => HostTool.Read("ip", "iproute2", ["-d", "-j", "link", "show", "dev", name], Step)));
            if (kind == "veth" && peer > 0)
            {
                using var link = new RouteLink();
                link.SetUp(peer, up, $"the node's end of {name}");
                continue;
            }

            NetworkNamespace.Run(opened, () =>
            {
                using var link = new RouteLink();
                link.SetUp(index, up, name);
                foreach (var address in up ? addresses.Where(a => a.Interface == name) : [])
                {
                    Restore(link, index, address);
                }

                return true;
            });
        }
    }

    /// <summary>Taken down, an interface loses its routes, and its addresses of IPv6.</summary>
    private static void Restore(RouteLink link, int index, NetworkAddress address)
    {
        var network = address.Address.Split('/');
        link.AddAddress(index, IPAddress.Parse(network[0]), int.Parse(network[1], System.Globalization.CultureInfo.InvariantCulture), address.Interface);
        if (IPAddress.TryParse(address.Gateway, out var gateway))
        {
            link.AddRoute(index, gateway.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0, gateway, address.Interface);
        }
    }

    /// <summary>From what <c>ip -d -j link show</c> prints.</summary>
    private static (int Index, string Kind, int Peer) Of(byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        var link = document.RootElement.EnumerateArray().First(static l => l.TryGetProperty("ifindex", out _));
        var kind = link.TryGetProperty("linkinfo", out var about) && about.TryGetProperty("info_kind", out var named) ? named.GetString() ?? string.Empty : string.Empty;
        return (link.GetProperty("ifindex").GetInt32(), kind, link.TryGetProperty("link_index", out var peer) ? peer.GetInt32() : 0);
    }
}
