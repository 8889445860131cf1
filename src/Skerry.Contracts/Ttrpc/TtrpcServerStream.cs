using Google.Protobuf;
using Skerry.Contracts.Ttrpc.Wire;

namespace Skerry.Contracts.Ttrpc;

/// <summary>One call at the server: messages in by callback, messages out, and one end. What is sent after the end is dropped.</summary>
public sealed class TtrpcServerStream
{
    private readonly TtrpcServer _server;
    private bool _isOver;
    private bool _isClosed;

    internal TtrpcServerStream(TtrpcServer server, uint id, bool isClosed)
    {
        _server = server;
        Id = id;
        _isClosed = isClosed;
    }

    /// <summary>Its number on the connection.</summary>
    public uint Id { get; }

    /// <summary>Whether it has ended, for either side.</summary>
    public bool IsOver => _isOver;

    /// <summary>Called with each message; the bytes are valid during the call.</summary>
    public Action<ReadOnlyMemory<byte>>? Received { get; set; }

    /// <summary>Called once when the client gives the stream up, or the connection breaks, before it has ended.</summary>
    public Action? Closed { get; set; }

    /// <summary>Sends a message of a streaming call.</summary>
    public void Send(IMessage message)
    {
        if (!_isOver)
        {
            _server.Send(Id, TtrpcFrameType.Data, TtrpcFrameFlags.None, message);
        }
    }

    /// <summary>Ends a streaming call well, with a last message or without.</summary>
    public void Finish(IMessage? last = null)
    {
        if (End())
        {
            _server.Send(Id, TtrpcFrameType.Data, TtrpcFrameFlags.RemoteClosed | (last is null ? TtrpcFrameFlags.NoData : TtrpcFrameFlags.None), last);
        }
    }

    /// <summary>Ends a call that has one answer.</summary>
    public void Answer(IMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (End())
        {
            _server.Send(Id, TtrpcFrameType.Response, TtrpcFrameFlags.None, new Response { Status = new Status(), Payload = message.ToByteString() });
        }
    }

    /// <summary>Ends a call of either kind with a failure.</summary>
    public void Fail(TtrpcStatusCode code, string message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (End())
        {
            var text = message.Length > TtrpcStatusException.MaxMessage ? message[..TtrpcStatusException.MaxMessage] : message;
            _server.Send(Id, TtrpcFrameType.Response, TtrpcFrameFlags.None, new Response { Status = new Status { Code = (int)code, Message = text } });
        }
    }

    internal void Take(TtrpcFrame frame)
    {
        if (_isClosed)
        {
            throw new TtrpcException($"stream {Id} goes on after the client closed it");
        }

        if (!frame.Flags.HasFlag(TtrpcFrameFlags.NoData))
        {
            Received?.Invoke(frame.Payload);
        }

        if (frame.Flags.HasFlag(TtrpcFrameFlags.RemoteClosed))
        {
            _isClosed = true;
            if (!_isOver)
            {
                Closed?.Invoke();
            }
        }
    }

    internal void Break()
    {
        if (_isOver)
        {
            return;
        }

        _isOver = true;
        if (!_isClosed)
        {
            Closed?.Invoke();
        }
    }

    private bool End()
    {
        if (_isOver)
        {
            return false;
        }

        _isOver = true;
        _server.Forget(Id);
        return true;
    }
}
