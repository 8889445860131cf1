using System.Buffers;
using Google.Protobuf;
using Skerry.Contracts.Ttrpc.Wire;

namespace Skerry.Contracts.Ttrpc;

/// <summary>
/// The server half of one connection, without threads and without input or output of its own: frames are handed to
/// <see cref="Take"/>, and what is to be sent is appended to a buffer that the owner writes out.
/// </summary>
/// <remarks>Not thread-safe. A client that closes its half of a stream before the end has given it up: the stream is told by <see cref="TtrpcServerStream.Closed"/>.</remarks>
public sealed class TtrpcServer(IBufferWriter<byte> output, string service, Action<TtrpcServerStream, string, ByteString> open)
{
    /// <summary>Most calls that run at once.</summary>
    public const int MaxStreams = 256;

    private readonly Dictionary<uint, TtrpcServerStream> _streams = [];
    private uint _last;

    /// <summary>Takes the next frame of the client.</summary>
    /// <exception cref="TtrpcException">The client does not keep to the protocol; the connection cannot go on.</exception>
    public void Take(TtrpcFrame frame)
    {
        switch (frame.Type)
        {
            case TtrpcFrameType.Request:
                Open(frame);
                break;
            case TtrpcFrameType.Data when _streams.TryGetValue(frame.Stream, out var stream):
                stream.Take(frame);
                break;
            case TtrpcFrameType.Data when frame.Stream <= _last:
                // On its way when the stream ended.
                break;
            default:
                throw new TtrpcException($"a {frame.Type} frame came for stream {frame.Stream}, where the client may not send one");
        }
    }

    /// <summary>
    /// Whether a frame is the first of another client: numbers rise in one connection, and this one begins again. On a serial line a
    /// client that went and its successor can look like one.
    /// </summary>
    public bool IsAnothers(TtrpcFrame frame) => frame is { Type: TtrpcFrameType.Request, Stream: TtrpcClient.FirstStream } && _last >= TtrpcClient.FirstStream;

    /// <summary>The connection is over: every stream is told.</summary>
    public void Break()
    {
        foreach (var stream in _streams.Values.ToArray())
        {
            stream.Break();
        }

        _streams.Clear();
        _last = 0;
    }

    internal void Send(uint stream, TtrpcFrameType type, TtrpcFrameFlags flags, IMessage? message) =>
        TtrpcFrame.Write(output, stream, type, flags, message);

    internal void Forget(uint stream) => _streams.Remove(stream);

    private void Open(TtrpcFrame frame)
    {
        if (frame.Stream <= _last)
        {
            throw new TtrpcException($"stream {frame.Stream} is opened after stream {_last}; numbers rise");
        }

        _last = frame.Stream;
        var stream = new TtrpcServerStream(this, frame.Stream, frame.Flags.HasFlag(TtrpcFrameFlags.RemoteClosed));
        if (_streams.Count >= MaxStreams)
        {
            stream.Fail(TtrpcStatusCode.ResourceExhausted, $"{MaxStreams} calls are running; wait for one to end");
            return;
        }

        _streams.Add(frame.Stream, stream);
        Request request;
        try
        {
            request = Request.Parser.ParseFrom(frame.Payload.Span);
        }
        catch (InvalidProtocolBufferException error)
        {
            stream.Fail(TtrpcStatusCode.InvalidArgument, $"the request is not well formed: {error.Message}");
            return;
        }

        if (request.Service != service)
        {
            stream.Fail(TtrpcStatusCode.Unimplemented, $"there is no service {request.Service}");
            return;
        }

        open(stream, request.Method, request.Payload);
    }
}
