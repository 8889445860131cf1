using System.Globalization;
using System.Net;
using Skerry.Guard.Events;
using Skerry.Linux.Bpf;

namespace Skerry.Node.Sensors;

/// <summary>Fills the descriptor of an event from what the kernel had at that moment. There is one descriptor, filled again and again: no table of descriptors is kept that could fall out of step.</summary>
internal sealed class DescriptorReader
{
    private const int SocketType = 0xC000;
    private const byte Listening = 10; // TCP_LISTEN, net/tcp_states.h
    private const byte Established = 1;
    private const int Stream = 1; // SOCK_STREAM and so on
    private const int Datagram = 2;
    private const int InProgress = -115; // EINPROGRESS
    private const int Unspecified = 0; // AF_UNSPEC
    private const int Unix = 1;
    private const int Internet = 2;
    private const int Internet6 = 10;
    private const int FirstEphemeral = 32768; // net.ipv4.ip_local_port_range

    /// <summary>How an IPv4 address within IPv6 begins.</summary>
    private static ReadOnlySpan<byte> Mapped => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

    private static readonly Text Tcp = "tcp", Udp = "udp", Icmp = "icmp", Raw = "raw";

    private readonly DescriptorFacts _facts = new();
    private readonly PathBytes _paths = new();
    private readonly byte[] _name = new byte[256];

    /// <summary>The descriptor of a record; null where it tells none.</summary>
    internal DescriptorFacts? Read(in RecordView view, KernelEvent e, bool connects, bool accepts)
    {
        if (!view.TryRead<DescriptorState>(SectionKind.Descriptor, out var state))
        {
            return null;
        }

        Clear();
        _facts.Inode = state.Inode == 0 ? null : state.Inode;
        _facts.Device = state.Inode == 0 ? null : state.Device;
        if ((state.Mode & 0xF000) == SocketType)
        {
            ReadSocket(view, state, e, connects, accepts);
            return _facts;
        }

        var path = DescriptorKinds.NameOf(state.Mode, _paths.Read(view.Section(SectionKind.File), out var end), end);
        _facts.Kind = DescriptorKinds.OfFile(state.Mode, path);
        _facts.Name = e.Copy(path);
        if (view.Has(SectionKind.Text0) && view.Head.Result >= 0)
        {
            _facts.RawName = e.Copy(view.Section(SectionKind.Text0));
        }

        _facts.IsInUpperLayer = state.Layer == FileLayer.Upper;
        _facts.IsInLowerLayer = state.Layer == FileLayer.Lower;
        return _facts;
    }

    private void ReadSocket(in RecordView view, in DescriptorState state, KernelEvent e, bool connects, bool accepts)
    {
        var listens = state.State == Listening && state.Type == 1;
        _facts.Kind = DescriptorKinds.OfSocket(state.Family, listens);
        _facts.IsConnected = state.State == Established;
        _facts.Protocol = (state.Type, state.Protocol) switch { (_, 1) or (_, 58) => Icmp, (1, _) => Tcp, (2, _) => Udp, (3, _) => Raw, _ => default };
        if (state.Family == Unix)
        {
            ReadUnix(view, state, e, connects);
            return;
        }

        if (state.Family is not (Internet or Internet6))
        {
            return;
        }

        var width = state.Family == Internet ? 4 : 16;
        ReadOnlySpan<byte> local = state.Local, remote = state.Remote;
        var (localAddress, localPort) = (Address(local[..width]), state.LocalPort);
        var (remoteAddress, remotePort) = (Address(remote[..width]), state.RemotePort);
        var binds = e.Type.Name == "bind";
        var isSent = false;
        if (TryReadAddress(view.Section(SectionKind.Address), state, isSend: !binds && !connects, out var given, out var port))
        {
            if (binds)
            {
                (localAddress, localPort) = (given, port);
            }
            else
            {
                var hasRemote = remoteAddress.Bits != 0;
                _facts.IsNameChanged = hasRemote && (given != remoteAddress || port != remotePort);
                isSent = !connects && state.Type != Stream;

                // The caller can write another address into its memory by now: what a connection was made to the socket has. Of one that failed it has forgotten it.
                if (isSent || !hasRemote || e.Result is < 0 and not InProgress)
                {
                    (remoteAddress, remotePort) = (given, port);
                }
            }
        }

        if (state.Family == Internet6 && !remoteAddress.IsV6 && !localAddress.IsV6)
        {
            _facts.Kind = DescriptorKinds.OfSocket(Internet, listens);
        }

        if (listens || binds)
        {
            (_facts.Server, _facts.ServerPort) = (localAddress, localPort);
            _facts.Kind = DescriptorKinds.OfSocket(state.Family, listens: true);
            var end = WriteEnd(0, localAddress, localPort);
            _facts.Name = e.Copy(_name.AsSpan(0, end));
            return;
        }

        if (remoteAddress.Bits == 0 && remotePort == 0)
        {
            return;
        }

        // Who names the other end of a message is its client, whatever its own port.
        _facts.IsClientLocal = connects || isSent || (!accepts && (localPort is 0 or >= FirstEphemeral || localPort > remotePort));
        (_facts.Client, _facts.ClientPort, _facts.Server, _facts.ServerPort) = _facts.IsClientLocal
            ? (localAddress, localPort, remoteAddress, remotePort)
            : (remoteAddress, remotePort, localAddress, localPort);
        var at = WriteEnd(0, _facts.Client!.Value, _facts.ClientPort!.Value);
        "->"u8.CopyTo(_name.AsSpan(at));
        at = WriteEnd(at + 2, _facts.Server!.Value, _facts.ServerPort!.Value);
        _facts.Name = e.Copy(_name.AsSpan(0, at));
    }

    private void ReadUnix(in RecordView view, in DescriptorState state, KernelEvent e, bool connects)
    {
        var address = view.Section(SectionKind.Address);
        var server = view.Section(SectionKind.Unix);
        var given = address.Length > 2 ? address[2..] : [];

        // Whatever way a caller wrote the path, the socket that it reached is called what it was bound to; a relative name is of another's directory.
        // Where a datagram was sent to by its own address, no socket remembers.
        var reached = view.Head.Result >= 0 && server is [0 or (byte)'/', ..] && (connects || (e.Type.Name != "bind" && state.Type != Datagram));
        _facts.Name = UnixName(reached || given.IsEmpty ? server : given, e);
        _facts.RawName = UnixName(given, e);
    }

    private Text UnixName(ReadOnlySpan<byte> path, KernelEvent e)
    {
        if (path.IsEmpty)
        {
            return default;
        }

        if (path[0] == 0)
        {
            // Abstract: unix(7).
            _name[0] = (byte)'@';
            var length = Math.Min(path.Length - 1, _name.Length - 1);
            path.Slice(1, length).CopyTo(_name.AsSpan(1));
            return e.Copy(_name.AsSpan(0, length + 1));
        }

        var end = path.IndexOf((byte)0);
        path = end < 0 ? path : path[..end];
        var directory = path[0] == '/' ? [] : (e.Process?.WorkingDirectory ?? default).Span;
        if (directory.Length + path.Length > _name.Length)
        {
            return e.Copy(path);
        }

        directory.CopyTo(_name);
        path.CopyTo(_name.AsSpan(directory.Length));
        return e.Copy(_name.AsSpan(0, directory.Length + path.Length));
    }

    /// <summary>An IPv4 address within IPv6 (::ffff:a.b.c.d, ipv6(7)) is the IPv4 address: that is where packets go.</summary>
    private static NetworkAddress Address(ReadOnlySpan<byte> bytes) =>
        NetworkAddress.FromBytes(bytes.Length == 16 && bytes.StartsWith(Mapped) ? bytes[12..] : bytes);

    /// <summary>struct sockaddr_in and sockaddr_in6, ip(7) and ipv6(7).</summary>
    private static bool TryReadAddress(ReadOnlySpan<byte> given, in DescriptorState state, bool isSend, out NetworkAddress address, out ushort port)
    {
        (address, port) = (default, 0);
        if (given.Length < 8)
        {
            return false;
        }

        var family = given[0] | (given[1] << 8);
        port = (ushort)((given[2] << 8) | given[3]);
        switch (family)
        {
            case Unspecified when isSend && state.Family == Internet && state.Type != Stream: // udp_sendmsg and raw_sendmsg take it for an IPv4 address
            case Internet:
                address = NetworkAddress.FromBytes(given.Slice(4, 4));
                return true;
            case Internet6 when given.Length >= 24:
                address = Address(given.Slice(8, 16));
                return true;
            default:
                return false;
        }
    }

    private int WriteEnd(int at, NetworkAddress address, ushort port)
    {
        int written;
        if (address.IsV6)
        {
            Span<byte> bytes = stackalloc byte[16];
            for (var i = 0; i < bytes.Length; i++)
            {
                bytes[i] = (byte)(address.Bits >> (8 * (bytes.Length - 1 - i)));
            }

            new IPAddress(bytes).TryFormat(_name.AsSpan(at), out written);
            at += written;
        }
        else
        {
            for (var shift = 24; shift >= 0; shift -= 8)
            {
                ((byte)(address.Bits >> shift)).TryFormat(_name.AsSpan(at), out written, default, CultureInfo.InvariantCulture);
                at += written;
                _name[at] = (byte)'.';
                at += shift > 0 ? 1 : 0;
            }
        }

        _name[at++] = (byte)':';
        port.TryFormat(_name.AsSpan(at), out written, default, CultureInfo.InvariantCulture);
        return at + written;
    }

    private void Clear()
    {
        (_facts.Name, _facts.RawName) = (default, default);
        (_facts.Client, _facts.Server, _facts.ClientPort, _facts.ServerPort) = (null, null, null, null);
        (_facts.IsClientLocal, _facts.IsConnected, _facts.IsNameChanged) = (false, false, false);
        _facts.Protocol = default;
        (_facts.IsInUpperLayer, _facts.IsInLowerLayer) = (null, null);
    }
}
