using System.Threading.Channels;
using Google.Protobuf;
using Skerry.Contracts.Ttrpc.Wire;

namespace Skerry.Contracts.Ttrpc;

/// <summary>
/// One call at the client. Disposing it before its end gives it up: the server is told by closing this half. What has come and was not
/// read is bounded; a server that sends more breaks its stream, not the reader.
/// </summary>
/// <remarks>One reader at a time; senders may be many.</remarks>
public sealed class TtrpcClientStream : IAsyncDisposable
{
    /// <summary>Bytes that may wait for the reader: a window of credit, and the messages around it.</summary>
    public const int MaxWaitingBytes = 2 * TtrpcCredit.Window;

    /// <summary>Messages that may wait for the reader of a call with messages in both directions.</summary>
    public const int MaxWaiting = 4096;

    private readonly TtrpcClient _client;
    private readonly Channel<byte[]> _incoming = Channel.CreateUnbounded<byte[]>(new() { SingleReader = true, SingleWriter = false });
    private readonly bool _isStreaming;
    private long _waitingBytes;
    private int _waiting;
    private int _isClosed;
    private volatile bool _isOver;

    internal TtrpcClientStream(TtrpcClient client, uint id, bool isOpen)
    {
        _client = client;
        Id = id;
        _isStreaming = isOpen;
        _isClosed = isOpen ? 0 : 1;
    }

    /// <summary>Its number on the connection.</summary>
    public uint Id { get; }

    /// <summary>Sends a message; waits while the connection takes no more.</summary>
    /// <exception cref="TtrpcException">The connection is broken.</exception>
    public ValueTask SendAsync(IMessage message, CancellationToken cancellation = default) =>
        _client.SendAsync(Id, TtrpcFrameType.Data, TtrpcFrameFlags.None, message, cancellation);

    /// <summary>The next message, or null where the call ended well.</summary>
    /// <exception cref="TtrpcStatusException">The server answered that it failed.</exception>
    /// <exception cref="TtrpcException">The connection is broken, or the server does not keep to the protocol.</exception>
    public async ValueTask<byte[]?> ReadAsync(CancellationToken cancellation = default)
    {
        while (await _incoming.Reader.WaitToReadAsync(cancellation).ConfigureAwait(false))
        {
            if (_incoming.Reader.TryRead(out var message))
            {
                Interlocked.Add(ref _waitingBytes, -message.Length);
                Interlocked.Decrement(ref _waiting);
                return message;
            }
        }

        return null;
    }

    /// <summary>The next message, or null where the call ended well.</summary>
    /// <inheritdoc cref="ReadAsync(CancellationToken)"/>
    public async ValueTask<T?> ReadAsync<T>(MessageParser<T> parser, CancellationToken cancellation = default)
        where T : class, IMessage<T>
    {
        var bytes = await ReadAsync(cancellation).ConfigureAwait(false);
        return bytes is null ? null : TtrpcClient.Parse(parser, bytes, $"stream {Id}");
    }

    /// <summary>Says that no more is sent. A server of Skerry takes it, before the end, as giving the call up.</summary>
    public async ValueTask CloseAsync(CancellationToken cancellation = default)
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 0)
        {
            await _client.SendAsync(Id, TtrpcFrameType.Data, TtrpcFrameFlags.RemoteClosed | TtrpcFrameFlags.NoData, null, cancellation).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _client.Forget(Id);
        if (!_isOver)
        {
            try
            {
                await CloseAsync().ConfigureAwait(false);
            }
            catch (TtrpcException)
            {
                // The connection is gone, and the stream with it.
            }
        }
    }

    internal void Take(TtrpcFrame frame)
    {
        if (frame.Type is TtrpcFrameType.Response)
        {
            TakeResponse(Response.Parser.ParseFrom(frame.Payload.Span));
            return;
        }

        if (!_isStreaming)
        {
            throw new TtrpcException($"a message came for stream {Id}, whose call has one answer");
        }

        if (!frame.Flags.HasFlag(TtrpcFrameFlags.NoData) && !Add(frame.Payload.ToArray()))
        {
            return;
        }

        if (frame.Flags.HasFlag(TtrpcFrameFlags.RemoteClosed))
        {
            End(null);
        }
    }

    internal void Break(Exception cause)
    {
        _isOver = true;
        _incoming.Writer.TryComplete(cause);
    }

    private void TakeResponse(Response response)
    {
        var code = response.Status?.Code ?? 0;
        if (code != 0)
        {
            End(new TtrpcStatusException((TtrpcStatusCode)code, response.Status!.Message));
        }
        else if ((_isStreaming && response.Payload.IsEmpty) || Add(response.Payload.ToByteArray()))
        {
            End(null);
        }
    }

    private bool Add(byte[] message)
    {
        var bytes = Interlocked.Add(ref _waitingBytes, message.Length);
        if (Interlocked.Increment(ref _waiting) > MaxWaiting || (_isStreaming && bytes > MaxWaitingBytes))
        {
            End(new TtrpcException($"more than {MaxWaitingBytes} bytes or {MaxWaiting} messages wait on stream {Id}: the other side does not keep to its credit"), isOver: false);
            return false;
        }

        _incoming.Writer.TryWrite(message);
        return true;
    }

    private void End(Exception? cause, bool isOver = true)
    {
        _isOver = isOver;
        _client.Forget(Id);
        _incoming.Writer.TryComplete(cause);
    }
}
