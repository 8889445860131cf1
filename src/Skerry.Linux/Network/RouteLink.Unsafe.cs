using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Network;

/// <summary>
/// Interfaces, addresses and routes of the caller's network namespace (rtnetlink(7)). Each call is one request whose answer is waited for.
/// </summary>
public sealed class RouteLink : IDisposable
{
    // linux/rtnetlink.h, linux/netlink.h, linux/if_link.h, linux/if_addr.h.
    private const ushort RTM_NEWLINK = 16;
    private const ushort RTM_GETLINK = 18;
    private const ushort RTM_NEWADDR = 20;
    private const ushort RTM_NEWROUTE = 24;
    private const ushort NLM_F_REQUEST = 1;
    private const ushort NLM_F_ACK = 4;
    private const ushort NLM_F_REPLACE = 0x100;
    private const ushort NLM_F_CREATE = 0x400;
    private const ushort NLM_F_DUMP = 0x300;
    private const ushort NLMSG_ERROR = 2;
    private const ushort NLMSG_DONE = 3;
    private const ushort IFLA_ADDRESS = 1;
    private const ushort IFLA_IFNAME = 3;
    private const ushort IFLA_MTU = 4;
    private const ushort IFLA_LINKINFO = 18;
    private const ushort IFLA_INFO_KIND = 1;
    private const ushort AttributeKind = 0x3fff; // NLA_TYPE_MASK
    private const int Header = 16; // struct nlmsghdr, and struct ifinfomsg
    private const ushort IFA_ADDRESS = 1;
    private const ushort IFA_LOCAL = 2;
    private const byte IFA_F_NODAD = 2;
    private const ushort RTA_DST = 1;
    private const ushort RTA_OIF = 4;
    private const ushort RTA_GATEWAY = 5;
    private const byte RT_TABLE_MAIN = 254;
    private const byte RTPROT_STATIC = 4;
    private const byte RT_SCOPE_LINK = 253;
    private const byte RTN_UNICAST = 1;
    private const uint IFF_UP = 1;
    private const uint IFF_LOOPBACK = 8;
    private const byte AF_INET6 = 10;

    private readonly FileDescriptor _socket = new(LinuxException.ThrowIfFailed(
        SocketCalls.Socket(SocketCalls.AF_NETLINK, SocketCalls.SOCK_RAW | SocketCalls.SOCK_CLOEXEC, 0), "socket", "AF_NETLINK"));

    private readonly byte[] _message = new byte[512];
    private int _length;
    private uint _sequence;

    /// <summary>All interfaces of the namespace.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public IReadOnlyList<LinkState> Interfaces()
    {
        const string Subject = "interfaces";
        Begin(RTM_GETLINK, NLM_F_DUMP);
        Add(new byte[Header]);
        Send(Subject);
        List<LinkState> found = [];
        var room = new byte[1 << 16];
        while (true)
        {
            for (var rest = room.AsSpan(0, Receive(room, Subject)); rest.Length >= Header;)
            {
                var length = BitConverter.ToInt32(rest);
                var kind = BitConverter.ToUInt16(rest[4..]);
                if (length < Header || length > rest.Length || BitConverter.ToUInt32(rest[8..]) != _sequence)
                {
                    break;
                }

                if (kind == NLMSG_DONE)
                {
                    return found;
                }

                if (kind == NLMSG_ERROR && length >= Header + sizeof(int) && BitConverter.ToInt32(rest[Header..]) is not 0 and var error)
                {
                    throw LinuxException.Of("rtnetlink", Subject, (Errno)(-error));
                }

                if (kind == RTM_NEWLINK && length >= 2 * Header)
                {
                    found.Add(Read(rest[Header..length]));
                }

                rest = rest[Math.Min((length + 3) & ~3, rest.Length)..];
            }
        }
    }

    /// <summary>Takes an interface down, or up.</summary>
    public void SetUp(int index, bool up, string subject)
    {
        BeginLink(index, up ? IFF_UP : 0, IFF_UP);
        Ask($"{subject} {(up ? "up" : "down")}");
    }

    /// <summary>Gives an interface, which is down, another name, hardware address and MTU, where they are given.</summary>
    public void SetLink(int index, string? name, ReadOnlySpan<byte> hardwareAddress, uint mtu, string subject)
    {
        BeginLink(index, 0, 0);
        if (name is not null)
        {
            Attribute(IFLA_IFNAME, [.. Encoding.ASCII.GetBytes(name), 0]);
        }

        if (hardwareAddress.Length > 0)
        {
            Attribute(IFLA_ADDRESS, hardwareAddress);
        }

        if (mtu > 0)
        {
            Attribute(IFLA_MTU, BitConverter.GetBytes(mtu));
        }

        Ask(subject);
    }

    /// <summary>Gives an interface an address; one of IPv6 is used at once (no duplicate address detection).</summary>
    public void AddAddress(int index, IPAddress address, int prefix, string subject)
    {
        ArgumentNullException.ThrowIfNull(address);
        var bytes = address.GetAddressBytes();

        // struct ifaddrmsg: family, prefix length, flags, scope, u32 index.
        Begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE);
        Add([Family(address), (byte)prefix, IsSix(address) ? IFA_F_NODAD : (byte)0, 0]);
        Add(BitConverter.GetBytes(index));
        Attribute(IFA_LOCAL, bytes);
        Attribute(IFA_ADDRESS, bytes);
        Ask($"address {address}/{prefix} on {subject}");
    }

    /// <summary>Adds a route through a gateway, or on the link where there is none.</summary>
    public void AddRoute(int index, IPAddress destination, int prefix, IPAddress? gateway, string subject)
    {
        ArgumentNullException.ThrowIfNull(destination);

        // struct rtmsg: family, destination and source length, tos, table, protocol, scope, type, u32 flags.
        Begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE);
        Add([Family(destination), (byte)prefix, 0, 0, RT_TABLE_MAIN, RTPROT_STATIC, gateway is null && !IsSix(destination) ? RT_SCOPE_LINK : (byte)0, RTN_UNICAST, 0, 0, 0, 0]);
        if (prefix > 0)
        {
            Attribute(RTA_DST, destination.GetAddressBytes());
        }

        if (gateway is not null)
        {
            Attribute(RTA_GATEWAY, gateway.GetAddressBytes());
        }

        Attribute(RTA_OIF, BitConverter.GetBytes(index));
        Ask($"route {destination}/{prefix} through {subject}");
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private static bool IsSix(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6;

    private static byte Family(IPAddress address) => IsSix(address) ? AF_INET6 : (byte)NetDevice.AF_INET;

    /// <summary>struct ifinfomsg: family, pad, u16 type, s32 index, u32 flags, u32 change.</summary>
    private void BeginLink(int index, uint flags, uint change)
    {
        Begin(RTM_NEWLINK, 0);
        Add([0, 0, 0, 0]);
        Add(BitConverter.GetBytes(index));
        Add(BitConverter.GetBytes(flags));
        Add(BitConverter.GetBytes(change));
    }

    /// <summary>struct nlmsghdr: u32 length, u16 type, u16 flags, u32 sequence, u32 port.</summary>
    private void Begin(ushort type, ushort flags)
    {
        _length = 16;
        _sequence++;
        Array.Clear(_message);
        BitConverter.TryWriteBytes(_message.AsSpan(4), type);
        BitConverter.TryWriteBytes(_message.AsSpan(6), (ushort)(NLM_F_REQUEST | NLM_F_ACK | flags));
        BitConverter.TryWriteBytes(_message.AsSpan(8), _sequence);
    }

    /// <summary>struct ifinfomsg and its attributes.</summary>
    private static LinkState Read(ReadOnlySpan<byte> message)
    {
        var attributes = message[Header..];
        var info = Find(attributes, IFLA_LINKINFO);
        var flags = BitConverter.ToUInt32(message[8..]);
        return new LinkState(BitConverter.ToInt32(message[4..]), TextOf(Find(attributes, IFLA_IFNAME)), TextOf(Find(info, IFLA_INFO_KIND)), (flags & IFF_LOOPBACK) != 0, (flags & IFF_UP) != 0);
    }

    private static string TextOf(ReadOnlySpan<byte> value) => Encoding.UTF8.GetString(value.TrimEnd((byte)0));

    /// <summary>The value of the first attribute of a kind; none: there is no such.</summary>
    private static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> attributes, ushort kind)
    {
        while (attributes.Length >= 4 && BitConverter.ToUInt16(attributes) is var length && length >= 4 && length <= attributes.Length)
        {
            if ((BitConverter.ToUInt16(attributes[2..]) & AttributeKind) == kind)
            {
                return attributes[4..length];
            }

            attributes = attributes[Math.Min((length + 3) & ~3, attributes.Length)..];
        }

        return [];
    }

    private void Add(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_message.AsSpan(_length));
        _length += bytes.Length;
    }

    /// <summary>struct rtattr: u16 length, u16 type, the value, to a multiple of four.</summary>
    private void Attribute(ushort type, ReadOnlySpan<byte> value)
    {
        Add(BitConverter.GetBytes((ushort)(4 + value.Length)));
        Add(BitConverter.GetBytes(type));
        Add(value);
        _length = (_length + 3) & ~3;
    }

    private void Ask(string subject)
    {
        Send(subject);
        var answer = new byte[1024];
        while (true)
        {
            var bytes = answer.AsSpan(0, Receive(answer, subject));
            if (bytes.Length < 20 || BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]) != NLMSG_ERROR || BitConverter.ToUInt32(bytes[8..]) != _sequence)
            {
                continue;
            }

            var error = BitConverter.ToInt32(bytes[16..]);
            if (error != 0)
            {
                throw LinuxException.Of("rtnetlink", subject, (Errno)(-error));
            }

            return;
        }
    }

    private unsafe void Send(string subject)
    {
        BitConverter.TryWriteBytes(_message, _length);
        fixed (byte* first = _message)
        {
            LinuxException.ThrowIfFailed((long)SocketCalls.Send(_socket.Number, first, (nuint)_length, 0), "send", subject);
        }
    }

    private unsafe int Receive(byte[] room, string subject)
    {
        fixed (byte* first = room)
        {
            return (int)LinuxException.ThrowIfFailed((long)SocketCalls.Receive(_socket.Number, first, (nuint)room.Length, 0), "recv", subject);
        }
    }
}
