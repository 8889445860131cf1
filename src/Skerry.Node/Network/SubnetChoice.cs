using System.Buffers.Binary;
using System.Globalization;
using System.Net;

namespace Skerry.Node.Network;

/// <summary>Picks an IPv4 prefix for the built-in network that nothing on this machine routes elsewhere.</summary>
internal static class SubnetChoice
{
    private const int FirstSecondByte = 88;
    private const int LastSecondByte = 127;

    /// <summary>The first candidate that overlaps no route of another interface.</summary>
    /// <param name="routes">The content of /proc/net/route.</param>
    /// <param name="own">The bridge, whose own route is no obstacle.</param>
    /// <param name="preferred">What was chosen before; taken again if it still is free.</param>
    /// <param name="start">Index of the candidate to begin with.</param>
    /// <exception cref="NetworkException">All candidates are taken.</exception>
    internal static IPNetwork Pick(string routes, string own, IPNetwork? preferred, int start)
    {
        var taken = Taken(routes, own);
        if (preferred is { } before && Free(before, taken))
        {
            return before;
        }

        for (var i = 0; i < Candidates; i++)
        {
            var second = FirstSecondByte + ((start + i) % Candidates);
            var candidate = IPNetwork.Parse(string.Create(CultureInfo.InvariantCulture, $"10.{second}.0.0/16"));
            if (Free(candidate, taken))
            {
                return candidate;
            }
        }

        throw new NetworkException(
            NetworkFault.Invalid,
            "built-in network: every prefix of 10.88.0.0/16 to 10.127.0.0/16 is routed elsewhere on this machine",
            "set a free IPv4 prefix for the built-in network in the node's configuration");
    }

    /// <summary>How many prefixes there are to choose from.</summary>
    internal const int Candidates = LastSecondByte - FirstSecondByte + 1;

    private static bool Free(IPNetwork candidate, List<IPNetwork> taken)
    {
        foreach (var other in taken)
        {
            if (candidate.Contains(other.BaseAddress) || other.Contains(candidate.BaseAddress))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Prefixes in /proc/net/route (proc_net(5)): hexadecimal in the byte order of the machine; the default route is no obstacle.</summary>
    private static List<IPNetwork> Taken(string routes, string own)
    {
        var taken = new List<IPNetwork>();
        foreach (var line in routes.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1))
        {
            var fields = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 8
                || string.Equals(fields[0], own, StringComparison.Ordinal)
                || !uint.TryParse(fields[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var destination)
                || !uint.TryParse(fields[7], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var mask)
                || mask == 0)
            {
                continue;
            }

            var bytes = new byte[4];
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, destination & mask);
            taken.Add(new IPNetwork(new IPAddress(bytes), System.Numerics.BitOperations.PopCount(mask)));
        }

        return taken;
    }
}
