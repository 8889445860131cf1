using System.Net;
using Skerry.Contracts.Node.V1;
using Skerry.Linux;
using Skerry.Linux.Network;

namespace Skerry.Node.Network;

/// <summary>
/// Cuts a pod with a network namespace of its own off, and joins it again. Of a pair of virtual interfaces the node's end is taken down, where nothing
/// in the pod can take it up, whatever it does to its own end; where the node has no end, all interfaces of the namespace are.
/// </summary>
/// <remarks>
/// A pod may have been given its namespace to configure: what its interfaces are called, and which other one of its own they belong to, is its own word
/// and leads to nothing on the node.
/// </remarks>
internal static class PodCut
{
    private const string Pair = "veth";
    private const int Tries = 20;

    /// <summary>Takes the pod's interfaces down; those that are down stay so.</summary>
    /// <param name="space">The pod's network namespace.</param>
    /// <param name="nodeEnd">The node's end, as the lease has it; empty: there is none.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    /// <exception cref="NetworkException">The pod takes them up again.</exception>
    internal static void Cut(string space, string nodeEnd)
    {
        if (SetNodeEnd(nodeEnd, up: false))
        {
            return;
        }

        Inside(space, static link =>
        {
            // Again until all are down: one who may make interfaces can make and remove them meanwhile.
            for (var tries = 0; link.Interfaces().Where(static i => !i.IsLoopback && i.IsUp).ToList() is { Count: > 0 } up; tries++)
            {
                if (tries == Tries)
                {
                    throw new NetworkException(NetworkFault.Failed, $"{string.Join(", ", up.Select(static i => i.Name).Take(3))} of the pod did not stay down", "stop the pod: it configures its interfaces itself");
                }

                up.ForEach(one => TryTakeDown(link, one));
            }
        });
    }

    /// <summary>Takes them up.</summary>
    /// <param name="space">The pod's network namespace.</param>
    /// <param name="nodeEnd">The node's end, as the lease has it; empty: there is none.</param>
    /// <param name="addresses">What the pod was given.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    internal static void Join(string space, string nodeEnd, IReadOnlyList<NetworkAddress> addresses)
    {
        if (SetNodeEnd(nodeEnd, up: true))
        {
            return;
        }

        Inside(space, link =>
        {
            foreach (var one in link.Interfaces().Where(i => addresses.Any(a => a.Interface == i.Name)))
            {
                link.SetUp(one.Index, up: true, one.Name);
                foreach (var address in addresses.Where(a => a.Interface == one.Name))
                {
                    Restore(link, one.Index, address);
                }
            }
        });
    }

    private static void TryTakeDown(RouteLink link, LinkState one)
    {
        try
        {
            link.SetUp(one.Index, up: false, one.Name);
        }
        catch (LinuxException error) when (error.Error == Errno.ENODEV)
        {
            // It is gone.
        }
    }

    private static bool SetNodeEnd(string name, bool up)
    {
        using var link = new RouteLink();
        if (name.Length == 0 || link.Interfaces().FirstOrDefault(i => i.Name == name) is not { Kind: Pair } end)
        {
            return false;
        }

        link.SetUp(end.Index, up, name);
        return true;
    }

    private static void Inside(string space, Action<RouteLink> work)
    {
        using var opened = LinuxFile.OpenPath(space, 0);
        NetworkNamespace.Run(opened, () =>
        {
            using var link = new RouteLink();
            work(link);
            return true;
        });
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
}
