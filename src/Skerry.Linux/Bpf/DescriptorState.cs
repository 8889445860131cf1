using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Skerry.Linux.Bpf;

/// <summary>struct descriptor, bpf/include/contract.h: an open file or socket as the kernel has it.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct DescriptorState
{
    /// <summary>Inode.</summary>
    public ulong Inode;

    /// <summary>Number of the descriptor.</summary>
    public uint Number;

    /// <summary>Device: major × 1048576 + minor.</summary>
    public uint Device;

    /// <summary>Mode of the inode, with its type.</summary>
    public ushort Mode;

    /// <summary>Family of a socket; 0 for what is none.</summary>
    public ushort Family;

    /// <summary>SOCK_STREAM and so on.</summary>
    public ushort Type;

    /// <summary>Protocol of the socket.</summary>
    public ushort Protocol;

    /// <summary>Port on this machine.</summary>
    public ushort LocalPort;

    /// <summary>Port of the other end.</summary>
    public ushort RemotePort;

    /// <summary>State of the socket: 1 established, 10 listening (net/tcp_states.h).</summary>
    public byte State;

    /// <summary>Layer of the file.</summary>
    public FileLayer Layer;

    private readonly ushort _reserved;

    /// <summary>Address on this machine, in network order; IPv4 has the first four bytes.</summary>
    public AddressBytes Local;

    /// <summary>Address of the other end.</summary>
    public AddressBytes Remote;

    /// <summary>An address of either family.</summary>
    [InlineArray(16)]
    public struct AddressBytes
    {
        private byte _first;
    }
}
