using System.Diagnostics;
using System.Net.Sockets;
using Google.Protobuf;
using Skerry.Contracts.Ttrpc;
using Skerry.Linux;
using Skerry.Linux.Files;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>
/// Calls of the node to a guest, each on a connection of its own and within a time. The jail that listens may be a stranger's: what is at the
/// socket's name is opened without following it, and must be a socket.
/// </summary>
internal static class GuestClient
{
    private const string Service = "skerry.guest.v1.Guest";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BootPatience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Makes one call.</summary>
    /// <exception cref="IsolationException">There is no answer, or the guest refused; the message says what.</exception>
    internal static async Task<T> Call<T>(MachinePaths machine, string method, IMessage request, MessageParser<T> parser, TimeSpan? patience = null)
        where T : IMessage<T>
    {
        using var limit = new CancellationTokenSource(patience is { } given ? given > TimeSpan.Zero ? given : TimeSpan.FromMilliseconds(1) : Patience);
        try
        {
            await using var client = new TtrpcClient(await Connect(machine, MachinePaths.Socket, limit.Token).ConfigureAwait(false));
            return await client.CallAsync(Service, method, request, parser, limit.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException or TtrpcException or TtrpcStatusException or LinuxException)
        {
            throw new IsolationException($"{method} in the pod's microVM: {(error is OperationCanceledException ? "no answer in time" : error.Message)}", error);
        }
    }

    /// <summary>Makes a call about a container that the node runs, whose guest may not know of it yet: it is made again until the guest does, within a time.</summary>
    /// <exception cref="IsolationException">There is no answer, or the guest refused; the message says what.</exception>
    internal static async Task<T> CallWhenUp<T>(MachinePaths machine, string method, IMessage request, MessageParser<T> parser)
        where T : IMessage<T>
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return await Call(machine, method, request, parser).ConfigureAwait(false);
            }
            catch (IsolationException error) when (IsNotYet(error.InnerException))
            {
                if (Stopwatch.GetElapsedTime(began) > BootPatience)
                {
                    throw new IsolationException($"the pod's microVM is still booting, or the container has ended in it: try again ({error.Message})", error);
                }
            }

            await Task.Delay(Pause).ConfigureAwait(false);
        }
    }

    private static bool IsNotYet(Exception? error) =>
        error is SocketException or LinuxException { Error: Errno.ENOENT } or TtrpcStatusException { Code: TtrpcStatusCode.NotFound or TtrpcStatusCode.FailedPrecondition };

    /// <summary>Connects to a socket where a machine meets others.</summary>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    /// <exception cref="LinuxException">There is nothing of that name.</exception>
    /// <exception cref="IsolationException">It is no socket.</exception>
    internal static async Task<NetworkStream> Connect(MachinePaths machine, string name, CancellationToken cancel)
    {
        using var place = Open(machine.Meeting, name);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(place.ProcPath), cancel).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static FileDescriptor Open(string meeting, string name)
    {
        using var directory = FileCalls.Open(null, meeting, OpenFlags.Path | OpenFlags.Directory | OpenFlags.NoFollow);
        var (opened, error) = FileCalls.OpenBeneath(directory, name, OpenFlags.Path | OpenFlags.NoFollow);
        if (opened is null)
        {
            throw LinuxException.Of("openat2", $"{meeting}/{name}", error);
        }

        if (FileCalls.Status(opened).Kind == FileKind.Socket)
        {
            return opened;
        }

        opened.Dispose();
        throw new IsolationException($"{meeting}/{name} is no socket: the microVM's jail put something else there; remove the pod");
    }
}
