using Google.Protobuf;

namespace Skerry.Cli.Wire;

/// <summary>
/// A call in progress with its messages as types. <see cref="Receive"/> belongs to the thread that made it; <see cref="Send"/>
/// to any. A failure that the node reports is a <see cref="NodeFailure"/>.
/// </summary>
internal sealed class NodeCall<TRequest, TResponse>(Http2Call call, MessageParser<TResponse> parser) : IDisposable
    where TRequest : IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    /// <summary>Sends one message; blocks while the node has no room for it.</summary>
    /// <returns>False when the node has already ended the call.</returns>
    internal bool Send(TRequest message, bool last = false) => call.Send(message.ToByteArray(), last);

    /// <summary>Says that no more messages come.</summary>
    internal void CompleteSending() => call.CompleteSending();

    /// <summary>The next message, or null when the call has ended well.</summary>
    /// <exception cref="NodeFailure">The node ended the call with an error, or cannot be understood.</exception>
    internal TResponse? Receive()
    {
        try
        {
            if (call.Receive() is { } message)
            {
                return parser.ParseFrom(message.Array, message.Offset, message.Count);
            }
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new NodeFailure(NodeFailure.Internal, $"the node sent a malformed message: {e.Message}");
        }
        catch (WireException e)
        {
            throw new NodeFailure(NodeFailure.Unavailable, e.Message, "skerry doctor, or the log of skerryd: journalctl -u skerryd");
        }

        return NodeFailure.Of(call.Headers) is { } failure ? throw failure : null;
    }

    public void Dispose() => call.Dispose();
}
