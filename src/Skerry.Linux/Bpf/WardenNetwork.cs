using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Skerry.Linux.Bpf;

/// <summary>struct network, bpf/include/contract.h: a network of a set, as the trie has it.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct WardenNetwork
{
    private const uint SetAndFamilyBits = 64;
    private const uint InterNetwork = 2; // AF_INET
    private const uint InterNetworkV6 = 10; // AF_INET6

    /// <summary>Bits of the prefix, with those of set and family.</summary>
    public uint Prefix;

    /// <summary>The set.</summary>
    public uint Set;

    /// <summary>AF_INET or AF_INET6.</summary>
    public uint Family;

    /// <summary>The address in network order; IPv4 has the first four bytes.</summary>
    public DescriptorState.AddressBytes Address;

    /// <summary>A network as a member of a set.</summary>
    public static WardenNetwork Of(uint set, IPNetwork network)
    {
        var made = new WardenNetwork
        {
            Prefix = SetAndFamilyBits + (uint)network.PrefixLength,
            Set = set,
            Family = network.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? InterNetwork : InterNetworkV6,
        };
        network.BaseAddress.TryWriteBytes(made.Address, out _);
        return made;
    }
}
