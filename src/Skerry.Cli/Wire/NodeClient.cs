using System.Net.Sockets;
using Google.Protobuf;

namespace Skerry.Cli.Wire;

/// <summary>The node at one address. Every call dials its own connection; nothing is dialled before the first call.</summary>
internal sealed class NodeClient(NodeAddress address, TimeSpan? patience = null)
{
    /// <summary>Where the node is.</summary>
    internal NodeAddress Address { get; } = address;

    /// <summary>Opens a call; nothing is sent before its first message.</summary>
    /// <exception cref="CliFailure">The node cannot be reached; says which socket, why, and what to do.</exception>
    internal NodeCall<TRequest, TResponse> Open<TRequest, TResponse>(NodeMethod<TRequest, TResponse> method)
        where TRequest : IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> => new(new Http2Call(Dial(), method.Path), method.Parser);

    /// <summary>Opens a call that sends one message and may answer with many.</summary>
    internal NodeCall<TRequest, TResponse> Open<TRequest, TResponse>(NodeMethod<TRequest, TResponse> method, TRequest request)
        where TRequest : IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        var call = Open(method);
        call.Send(request, last: true);
        return call;
    }

    /// <summary>One message there, one back.</summary>
    /// <exception cref="NodeFailure">The node refused or failed.</exception>
    internal TResponse Call<TRequest, TResponse>(NodeMethod<TRequest, TResponse> method, TRequest request)
        where TRequest : IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        using var call = Open(method, request);
        var answer = call.Receive() ?? throw new NodeFailure(NodeFailure.Internal, "the node ended the call without an answer");
        return call.Receive() is null ? answer : throw new NodeFailure(NodeFailure.Internal, "the node sent a second answer");
    }

    private Socket Dial()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            if (patience is { } time)
            {
                socket.ReceiveTimeout = socket.SendTimeout = (int)time.TotalMilliseconds;
            }

            socket.Connect(new UnixDomainSocketEndPoint(Address.Path));
            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw Unreachable(e);
        }
    }

    private CliFailure Unreachable(SocketException e)
    {
        var (why, next) = e.SocketErrorCode switch
        {
            SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported when !File.Exists(Address.Path) => Missing(),
            SocketError.AccessDenied => ("permission denied", $"run as root, or join the group that owns {Address.Path}"),
            SocketError.ConnectionRefused => ("the socket is there but nothing listens on it", Start),
            _ when !File.Exists(Address.Path) => Missing(),
            _ => (e.Message, Start),
        };
        return new CliFailure($"cannot reach the node at {Address.Path}: {why}", next, ExitCodes.Failed, e);
    }

    private const string Start = "start the daemon: systemctl start skerryd, or skerryd in the foreground";

    private static (string Why, string Next) Missing() => ("there is no such socket", Start + " (another place: --address or SKERRY_ADDRESS)");
}
