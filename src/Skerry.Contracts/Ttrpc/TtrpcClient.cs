using System.Buffers;
using System.Threading.Channels;
using Google.Protobuf;
using Skerry.Contracts.Ttrpc.Wire;

namespace Skerry.Contracts.Ttrpc;

/// <summary>
/// The client half of one connection. The server is not trusted: messages are bounded, a stream that nobody reads holds a bounded
/// number of bytes and then breaks, and a server that does not keep to the protocol ends the connection for all calls.
/// </summary>
/// <remarks>Thread-safe. One task reads and one writes; a frame is written whole or the connection is over, also when a caller gives up.</remarks>
public sealed class TtrpcClient : IAsyncDisposable
{
    /// <summary>Clients open streams of odd numbers, which rise (PROTOCOL.md of ttrpc).</summary>
    internal const uint FirstStream = 1;

    private readonly Stream _connection;
    private readonly Channel<byte[]> _outgoing = Channel.CreateBounded<byte[]>(16);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _reading;
    private readonly Task _writing;

    // Guards the two below, and that frames which open streams are queued in the order of their numbers.
    private readonly SemaphoreSlim _opening = new(1, 1);
    private readonly Lock _lock = new();
    private readonly Dictionary<uint, TtrpcClientStream> _streams = [];
    private uint _next = FirstStream;
    private TtrpcException? _broken;

    /// <summary>Takes over a connection and begins to read it.</summary>
    public TtrpcClient(Stream connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        _connection = connection;
        _reading = Task.Run(ReadAsync);
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>Ends when the connection does. It does not fail: <see cref="Broken"/> says why.</summary>
    public Task Ended => _reading;

    /// <summary>Why the connection ended; null while it has not.</summary>
    public TtrpcException? Broken
    {
        get
        {
            lock (_lock)
            {
                return _broken;
            }
        }
    }

    /// <summary>A call with one answer.</summary>
    /// <exception cref="TtrpcStatusException">The server answered that it failed.</exception>
    /// <exception cref="TtrpcException">The connection is broken, or the answer is no such message.</exception>
    public async Task<T> CallAsync<T>(string service, string method, IMessage request, MessageParser<T> parser, CancellationToken cancellation = default)
        where T : IMessage<T>
    {
        ArgumentNullException.ThrowIfNull(parser);
        ArgumentNullException.ThrowIfNull(request);
        await using var stream = await OpenAsync(service, method, request.ToByteString(), TtrpcFrameFlags.RemoteClosed, cancellation).ConfigureAwait(false);
        var answer = await stream.ReadAsync(cancellation).ConfigureAwait(false)
            ?? throw new TtrpcException($"{method} ended without an answer");
        return Parse(parser, answer, method);
    }

    /// <summary>Opens a call with messages in both directions.</summary>
    /// <exception cref="TtrpcException">The connection is broken.</exception>
    public Task<TtrpcClientStream> OpenAsync(string service, string method, CancellationToken cancellation = default) =>
        OpenAsync(service, method, ByteString.Empty, TtrpcFrameFlags.RemoteOpen, cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Break(new TtrpcException("the connection was closed on this side"));
        await _connection.DisposeAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
        await _writing.ConfigureAwait(false);
        _end.Dispose();
    }

    /// <summary>Parses what the server sent.</summary>
    /// <exception cref="TtrpcException">It is no such message.</exception>
    public static T Parse<T>(MessageParser<T> parser, ReadOnlyMemory<byte> bytes, string subject)
        where T : IMessage<T>
    {
        ArgumentNullException.ThrowIfNull(parser);
        try
        {
            return parser.ParseFrom(bytes.Span);
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new TtrpcException($"what came for {subject} is not well formed: {error.Message}", error);
        }
    }

    internal async ValueTask SendAsync(uint stream, TtrpcFrameType type, TtrpcFrameFlags flags, IMessage? message, CancellationToken cancellation)
    {
        var frame = new ArrayBufferWriter<byte>(TtrpcFrame.HeaderSize + (message?.CalculateSize() ?? 0));
        TtrpcFrame.Write(frame, stream, type, flags, message);
        try
        {
            await _outgoing.Writer.WriteAsync(frame.WrittenSpan.ToArray(), cancellation).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            throw Broken ?? new TtrpcException("the connection is closed");
        }
    }

    internal void Forget(uint stream)
    {
        lock (_lock)
        {
            _streams.Remove(stream);
        }
    }

    private async Task<TtrpcClientStream> OpenAsync(string service, string method, ByteString payload, TtrpcFrameFlags flags, CancellationToken cancellation)
    {
        await _opening.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            TtrpcClientStream stream;
            lock (_lock)
            {
                if (_broken is { } broken)
                {
                    throw broken;
                }

                stream = new TtrpcClientStream(this, _next, isOpen: flags.HasFlag(TtrpcFrameFlags.RemoteOpen));
                _next = checked(_next + 2);
                _streams.Add(stream.Id, stream);
            }

            try
            {
                var request = new Request { Service = service, Method = method, Payload = payload };
                await SendAsync(stream.Id, TtrpcFrameType.Request, flags, request, cancellation).ConfigureAwait(false);
                return stream;
            }
            catch
            {
                Forget(stream.Id);
                throw;
            }
        }
        finally
        {
            _opening.Release();
        }
    }

    private async Task ReadAsync()
    {
        var reader = new TtrpcFrameReader();
        try
        {
            while (true)
            {
                var count = await _connection.ReadAsync(reader.Room(), _end.Token).ConfigureAwait(false);
                if (count == 0)
                {
                    throw new TtrpcException(reader.IsBetweenFrames ? "the other side closed the connection" : "the connection ended within a frame");
                }

                reader.Filled(count);
                while (reader.TryRead(out var frame))
                {
                    Take(frame);
                }
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException or InvalidProtocolBufferException)
        {
            Break(error as TtrpcException ?? new TtrpcException($"the connection failed: {error.Message}", error));
        }
    }

    private void Take(TtrpcFrame frame)
    {
        TtrpcClientStream? stream;
        lock (_lock)
        {
            if (frame.Type is TtrpcFrameType.Request || frame.Stream >= _next)
            {
                throw new TtrpcException($"a {frame.Type} frame came for stream {frame.Stream}, which was not opened");
            }

            // One that is not there any more was given up here.
            if (!_streams.TryGetValue(frame.Stream, out stream))
            {
                return;
            }
        }

        stream.Take(frame);
    }

    private async Task WriteAsync()
    {
        try
        {
            await foreach (var frame in _outgoing.Reader.ReadAllAsync(_end.Token).ConfigureAwait(false))
            {
                await _connection.WriteAsync(frame, _end.Token).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException)
        {
            Break(new TtrpcException($"the connection failed: {error.Message}", error));
        }
    }

    private void Break(TtrpcException cause)
    {
        TtrpcClientStream[] streams;
        lock (_lock)
        {
            if (_broken is not null)
            {
                return;
            }

            _broken = cause;
            streams = [.. _streams.Values];
            _streams.Clear();
        }

        _outgoing.Writer.TryComplete();
        _end.Cancel();
        foreach (var stream in streams)
        {
            stream.Break(cause);
        }
    }
}
