using System.Buffers.Binary;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Skerry.Node.Api;

/// <summary>
/// Lets in only whom the socket is for: root, the daemon's own user, and, where a group was configured, its members, whatever the mode of
/// the socket's file has become. The kernel says who it was when it connected (SO_PEERCRED, unix(7), and SO_PEERGROUPS, Linux 4.13); a
/// connection without credentials is closed.
/// </summary>
internal sealed class PeerGate(ILogger log, uint self, uint? group)
{
    // asm-generic/socket.h
    private const int SolSocket = 1;
    private const int SoPeerCred = 17;
    private const int SoPeerGroups = 59;

    /// <summary>Under which a connection's items hold its <see cref="Peer"/>.</summary>
    internal const string Item = "peer";

    /// <summary>NGROUPS_MAX, limits.h.</summary>
    private const int MostGroups = 65536;

    internal async Task Check(ConnectionContext connection, Func<Task> next)
    {
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket || PeerOf(socket) is not { } peer)
        {
            connection.Abort();
            return;
        }

        if (peer.Uid != 0 && peer.Uid != self && !(group is { } members && (peer.Gid == members || IsMember(socket, members))))
        {
            log.PeerRefused(peer.Pid, peer.Uid);
            connection.Abort();
            return;
        }

        connection.Items[Item] = peer;
        await next().ConfigureAwait(false);
    }

    private static Peer? PeerOf(Socket socket)
    {
        try
        {
            Span<byte> ucred = stackalloc byte[12]; // pid, uid, gid
            return socket.GetRawSocketOption(SolSocket, SoPeerCred, ucred) == 12
                ? new Peer(BinaryPrimitives.ReadInt32LittleEndian(ucred), BinaryPrimitives.ReadUInt32LittleEndian(ucred[4..]), BinaryPrimitives.ReadUInt32LittleEndian(ucred[8..]))
                : null;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private static bool IsMember(Socket socket, uint group)
    {
        try
        {
            var groups = new byte[MostGroups * sizeof(uint)];
            var length = socket.GetRawSocketOption(SolSocket, SoPeerGroups, groups);
            for (var at = 0; at + sizeof(uint) <= length; at += sizeof(uint))
            {
                if (BinaryPrimitives.ReadUInt32LittleEndian(groups.AsSpan(at)) == group)
                {
                    return true;
                }
            }
        }
        catch (SocketException)
        {
            // The kernel does not say: no member.
        }

        return false;
    }
}
