using Google.Protobuf;
using Grpc.Core;
using Skerry.Node.Isolation.Process;

namespace Skerry.Node.Api;

/// <summary>
/// Carries a container's streams between a monitor's socket and a call. Output is written as it comes: a caller that does not
/// read holds the container back. Input goes on until the caller closes it or goes away.
/// </summary>
internal static class StreamPump
{
    private const int BufferSize = 32 * 1024;
    private const byte StandardError = 3;

    /// <summary>
    /// Carries both ways until the monitor closes the socket, then has the end told; input that the caller still sends is dropped from
    /// there on.
    /// </summary>
    internal static async Task Carry<T>(
        AttachSocket socket,
        IAsyncStreamReader<T> requests,
        Func<T, CallerWord> read,
        Action<CallerWord> other,
        Func<bool, ByteString, Task> write,
        Func<Task> end,
        CancellationToken cancel)
    {
        using var inputEnds = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var input = Input(socket, requests, read, other, inputEnds.Token);
        await Output(socket, write, cancel).ConfigureAwait(false);
        await end().ConfigureAwait(false);
        await inputEnds.CancelAsync().ConfigureAwait(false);
        await input.ConfigureAwait(false);
    }

    /// <summary>Writes output until the monitor closes the socket.</summary>
    private static async Task Output(AttachSocket socket, Func<bool, ByteString, Task> write, CancellationToken cancel)
    {
        var buffer = new byte[BufferSize];
        while (await socket.Receive(buffer, cancel).ConfigureAwait(false) is { } packet)
        {
            if (packet.Length > 0)
            {
                await write(packet.Stream == StandardError, ByteString.CopyFrom(buffer, 1, packet.Length)).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Reads what the caller sends until the end.</summary>
    private static async Task Input<T>(AttachSocket socket, IAsyncStreamReader<T> requests, Func<T, CallerWord> read, Action<CallerWord> other, CancellationToken cancel)
    {
        try
        {
            while (await requests.MoveNext(cancel).ConfigureAwait(false))
            {
                var word = read(requests.Current);
                if (word.Stdin is { } data)
                {
                    await socket.Send(data.Memory, cancel).ConfigureAwait(false);
                }
                else if (word.StdinClosed)
                {
                    socket.CloseInput();
                }
                else
                {
                    other(word);
                }
            }
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The caller went away, or the container ended first: output tells how it went.
        }
    }
}

/// <summary>One thing that a caller sent on a stream.</summary>
internal readonly record struct CallerWord(ByteString? Stdin, bool StdinClosed, Contracts.Node.V1.TerminalSize? Size, string? Signal);
