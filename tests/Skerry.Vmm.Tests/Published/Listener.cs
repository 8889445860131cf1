using System.Net.Sockets;
using System.Text;
using Skerry.Vmm.Hold;

namespace Skerry.Vmm.Tests.Published;

/// <summary>Takes requests on a Unix socket as the two VMMs do, one after the other: a head, a body of a stated length, and open files with the first bytes.</summary>
internal sealed class Listener : IAsyncDisposable
{
    private readonly CancellationTokenSource _over = new();
    private readonly Socket _socket;
    private readonly Task _serving;

    /// <param name="path">The socket.</param>
    /// <param name="answer">What is answered, byte for byte; null: nothing, and the connection is held open.</param>
    internal Listener(string path, Func<string, string, string?, byte[]?> answer)
    {
        _socket = Rendezvous.Listen(path);
        _serving = Serve(answer);
    }

    /// <summary>How many connections came with something said on them.</summary>
    internal int Calls { get; private set; }

    /// <summary>The heads of all requests.</summary>
    internal List<string> Heads { get; } = [];

    internal static byte[] Answer(int status, string body, string more = "") =>
        Encoding.UTF8.GetBytes($"HTTP/1.1 {status} \r\nServer: strict\r\nConnection: keep-alive\r\n{more}{(status == 204 ? string.Empty : $"Content-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n")}\r\n{body}");

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _socket.Dispose();
        await _serving;
        _over.Dispose();
    }

    private async Task Serve(Func<string, string, string?, byte[]?> answer)
    {
        try
        {
            while (true)
            {
                await using var connection = await Rendezvous.Accept(_socket, _over.Token);
                try
                {
                    await Take(connection, answer);
                }
                catch (IOException)
                {
                    // It left before it was answered.
                }
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task Take(NetworkStream connection, Func<string, string, string?, byte[]?> answer)
    {
        var bytes = new byte[1 << 16];
        var filled = 0;
        int end;
        while ((end = bytes.AsSpan(0, filled).IndexOf("\r\n\r\n"u8)) < 0)
        {
            var count = await connection.ReadAsync(bytes.AsMemory(filled), _over.Token);
            if (count == 0)
            {
                return; // It only looked whether somebody is here.
            }

            filled += count;
        }

        Calls++;
        var head = Encoding.ASCII.GetString(bytes, 0, end);
        Heads.Add(head);
        var lines = head.Split("\r\n");
        var length = lines.FirstOrDefault(static l => l.StartsWith("Content-Length: ", StringComparison.Ordinal)) is { } field ? int.Parse(field[16..], System.Globalization.CultureInfo.InvariantCulture) : -1;
        while (filled < end + 4 + length)
        {
            filled += await connection.ReadAsync(bytes.AsMemory(filled), _over.Token);
        }

        var words = lines[0].Split(' ');
        var said = answer(words[0], words[1], length < 0 ? null : Encoding.UTF8.GetString(bytes, end + 4, length));
        if (said is null)
        {
            _ = await connection.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false, _over.Token); // Until the caller leaves.
            return;
        }

        await connection.WriteAsync(said, _over.Token);
    }
}
