using System.Buffers.Binary;
using Skerry.Linux.Bpf;

namespace Skerry.Node.Sensors.Gvisor;

/// <summary>Writes what a socket of a sandbox is connected to, and keeps what was told of it.</summary>
internal sealed class SocketRecord(RecordWriter record, ProcessTable processes, SensedContainer container)
{
    private const ushort SocketMode = 0xC1FF; // S_IFSOCK
    private const ushort Internet = 2; // AF_INET and so on, linux/socket.h
    private const ushort Internet6 = 10;
    private const byte Established = 1; // net/tcp_states.h
    private const int InProgress = -115; // EINPROGRESS
    private const int LongestAddress = 128; // struct sockaddr_storage
    private const int KindBits = 0xF; // SOCK_TYPE_MASK, linux/net.h
    private const int Ancestors = 8;

    private readonly SocketBook _book = new();

    /// <summary>socket, socketpair.</summary>
    internal void Made(in Point point)
    {
        var socket = new SocketFacts((ushort)point.Number(4), (ushort)(point.Number(5) & KindBits), (ushort)point.Number(6));
        if (point.Result >= 0 && point.Kind == PointKind.Socket)
        {
            _book.Note(point.By.Process, (int)point.Result, socket);
            State(socket, (int)point.Result, 0);
        }
    }

    /// <summary>connect, bind, accept.</summary>
    internal void Write(in Point point)
    {
        var (process, descriptor, inode) = (point.By.Process, (int)point.Number(4), SocketBook.InodeOf(point.Text(5)));
        var given = point.Text(6);
        var address = given.Length > LongestAddress ? [] : given.ToArray();
        var known = Find(process, descriptor, inode) ?? new SocketFacts(FamilyOf(address), 0, 0);
        if (point.Kind == PointKind.Accept)
        {
            if (point.Result >= 0)
            {
                var accepted = known with { Remote = address, IsConnected = true };
                _book.Note(process, (int)point.Result, accepted);
                State(accepted, (int)point.Result, 0);
            }

            return;
        }

        var socket = point.Kind == PointKind.Bind ? known with { Local = address } : known with { Remote = address, IsConnected = point.Result == 0 };
        if (inode != 0 && point.Result is >= 0 or InProgress)
        {
            _book.Note(inode, socket);
        }

        State(socket, descriptor, inode);
        if (address.Length > 0)
        {
            record.Text(SectionKind.Address, address);
        }
    }

    /// <summary>Any other call on a descriptor that leads to a socket.</summary>
    internal void Write(int process, int descriptor, ulong inode) => State(Find(process, descriptor, inode) ?? new SocketFacts(0, 0, 0), descriptor, inode);

    /// <summary>By its inode; else by the descriptor of whoever got it, the process or one that it descends from.</summary>
    private SocketFacts? Find(int process, int descriptor, ulong inode)
    {
        var found = inode == 0 ? null : _book.Find(inode);
        var above = processes.Known((uint)process, container);
        for (var i = 0; found is null && i < Ancestors && process > 0; i++)
        {
            found = _book.Find(process, descriptor);
            above = above?.Parent;
            process = above?.Pid ?? 0;
        }

        if (found is not null && inode != 0)
        {
            _book.Note(inode, found);
        }

        return found;
    }

    private void State(SocketFacts socket, int descriptor, ulong inode)
    {
        var state = new DescriptorState
        {
            Inode = inode,
            Number = (uint)descriptor,
            Mode = SocketMode,
            Family = socket.Family,
            Type = socket.Type,
            Protocol = socket.Protocol,
            State = socket.IsConnected ? Established : (byte)0,
        };
        (state.LocalPort, state.RemotePort) = (Read(socket.Local, state.Local), Read(socket.Remote, state.Remote));
        record.State(SectionKind.Descriptor, state);
    }

    private static ushort FamilyOf(ReadOnlySpan<byte> address) => address.Length < sizeof(ushort) ? (ushort)0 : BinaryPrimitives.ReadUInt16LittleEndian(address);

    /// <summary>Reads struct sockaddr_in or sockaddr_in6 (ip(7), ipv6(7)); gives the port.</summary>
    private static ushort Read(ReadOnlySpan<byte> address, Span<byte> into)
    {
        const int Port = 2, Address = 4, Address6 = 8, Length = 4, Length6 = 16;
        var (at, length) = FamilyOf(address) switch { Internet => (Address, Length), Internet6 => (Address6, Length6), _ => (0, 0) };
        if (length == 0 || address.Length < at + length)
        {
            return 0;
        }

        address.Slice(at, length).CopyTo(into);
        return BinaryPrimitives.ReadUInt16BigEndian(address[Port..]);
    }
}
