using System.Net.Sockets;

namespace Skerry.Vmm.Hold;

/// <summary>Unix sockets by their paths in the jail.</summary>
internal static class Rendezvous
{
    /// <summary>Waits for callers at a path; what an earlier holder left there is replaced.</summary>
    internal static Socket Listen(string path)
    {
        File.Delete(path);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        socket.Listen(64);
        return socket;
    }

    /// <summary>Calls.</summary>
    /// <exception cref="SocketException">Nobody waits there.</exception>
    internal static async Task<NetworkStream> Call(string path, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A caller that comes.</summary>
    internal static async Task<NetworkStream> Accept(Socket listener, CancellationToken cancel) =>
        new(await listener.AcceptAsync(cancel).ConfigureAwait(false), ownsSocket: true);

    /// <summary>Both ends of a connection within this process.</summary>
    internal static async Task<(NetworkStream Here, NetworkStream There)> Pair(string path)
    {
        using var listener = Listen(path);
        var accepting = Accept(listener, CancellationToken.None);
        var here = await Call(path, CancellationToken.None).ConfigureAwait(false);
        var there = await accepting.ConfigureAwait(false);
        File.Delete(path);
        return (here, there);
    }
}
