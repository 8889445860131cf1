using System.Net.Sockets;
using Skerry.Linux;

namespace Skerry.Node.Isolation.Process;

/// <summary>
/// A connection to a monitor's attach socket: packets out of the container carry one byte that says which stream (conmon.h, STDOUT_PIPE 2,
/// STDERR_PIPE 3), packets in are standard input. A slow reader holds the container back; nothing is dropped.
/// </summary>
internal sealed class AttachSocket : IDisposable
{
    /// <summary>conmon reads at most this much of a packet (CONN_SOCK_BUF_SIZE less one).</summary>
    private const int MostIn = 8 * 1024;

    private readonly Socket _socket;

    private AttachSocket(Socket socket) => _socket = socket;

    /// <summary>Connects to the socket in a bundle; the path may be longer than sun_path (unix(7)).</summary>
    internal static AttachSocket Connect(string bundle)
    {
        using var directory = LinuxFile.OpenPath(bundle, LinuxFile.PathOnly | LinuxFile.DirectoryOnly);
        var socket = new Socket(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint($"{directory.ProcPath}/attach"));
            return new AttachSocket(socket);
        }
        catch (SocketException error)
        {
            socket.Dispose();
            throw new IsolationException($"attach {bundle}/attach: {error.Message}; the container's monitor has ended", error);
        }
    }

    /// <summary>
    /// Reads one packet.
    /// </summary>
    /// <returns>The stream (2 or 3) and the length after the first byte, or null at the end.</returns>
    internal async ValueTask<(byte Stream, int Length)?> Receive(Memory<byte> buffer, CancellationToken cancel)
    {
        try
        {
            var read = await _socket.ReceiveAsync(buffer, SocketFlags.None, cancel).ConfigureAwait(false);
            return read <= 0 ? null : (buffer.Span[0], read - 1);
        }
        catch (SocketException)
        {
            return null; // the monitor ended between two packets
        }
    }

    /// <summary>Sends standard input. False: the container no longer reads.</summary>
    internal async ValueTask<bool> Send(ReadOnlyMemory<byte> data, CancellationToken cancel)
    {
        try
        {
            while (data.Length > 0)
            {
                var piece = data[..Math.Min(MostIn, data.Length)];
                await _socket.SendAsync(piece, SocketFlags.None, cancel).ConfigureAwait(false);
                data = data[piece.Length..];
            }

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Ends standard input.</summary>
    internal void CloseInput()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The container has ended; there is no input to close.
        }
    }

    public void Dispose() => _socket.Dispose();
}
