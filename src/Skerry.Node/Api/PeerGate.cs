using System.Buffers.Binary;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Skerry.Node.Api;

/// <summary>
/// Lets in only whom the socket is for: root, the daemon's own user, and, where a group was configured, those whom the file's mode
/// lets connect. The kernel says who it is (SO_PEERCRED, unix(7)); a connection without credentials is closed.
/// </summary>
internal sealed class PeerGate(ILogger log, uint self, bool groupMayEnter)
{
    private const int SolSocket = 1;
    private const int SoPeerCred = 17;

    internal async Task Check(ConnectionContext connection, Func<Task> next)
    {
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket || PeerOf(socket) is not { } peer)
        {
            connection.Abort();
            return;
        }

        if (peer.Uid != 0 && peer.Uid != self && !groupMayEnter)
        {
            log.PeerRefused(peer.Pid, peer.Uid);
            connection.Abort();
            return;
        }

        await next().ConfigureAwait(false);
    }

    private static (int Pid, uint Uid)? PeerOf(Socket socket)
    {
        try
        {
            Span<byte> ucred = stackalloc byte[12]; // pid, uid, gid
            return socket.GetRawSocketOption(SolSocket, SoPeerCred, ucred) == 12
                ? (BinaryPrimitives.ReadInt32LittleEndian(ucred), BinaryPrimitives.ReadUInt32LittleEndian(ucred[4..]))
                : null;
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
