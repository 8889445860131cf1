using System.Net.Sockets;
using Skerry.Linux;
using Skerry.Linux.Files;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>
/// Hands a template to the holder of one machine: a socket in the machine's own directory, on which the first caller gets both files. A file
/// without a name cannot be mounted, and neither monitor nor runtime passes descriptors on.
/// </summary>
internal static class TemplateHandover
{
    private const string Name = "template";
    private const uint AnyoneMayCall = 0x1B6; // 0666: the directory is its owner's alone
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Where the holder calls.</summary>
    internal const string Inside = $"{MachinePaths.MeetingInside}/{Name}";

    /// <summary>Waits for the holder; returns when it can call, before it is started.</summary>
    /// <param name="meeting">The directory where the machine meets others; nobody but the node has been there yet.</param>
    /// <param name="state">The state; taken over.</param>
    /// <param name="memory">The memory; taken over.</param>
    /// <returns>The handing over: ends when it is done, with the connection to the holder, or null where nobody came in time.</returns>
    internal static Task<Socket?> Offer(string meeting, FileDescriptor state, FileDescriptor memory)
    {
        var directory = FileCalls.Open(null, meeting, OpenFlags.Path | OpenFlags.Directory | OpenFlags.NoFollow);
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            listener.Bind(new UnixDomainSocketEndPoint($"{directory.ProcPath}/{Name}"));
            FileCalls.SetMode(directory, Name, AnyoneMayCall);
            listener.Listen(1);
        }
        catch
        {
            listener.Dispose();
            directory.Dispose();
            state.Dispose();
            memory.Dispose();
            throw;
        }

        return Hand(directory, listener, state, memory);
    }

    private static async Task<Socket?> Hand(FileDescriptor directory, Socket listener, FileDescriptor state, FileDescriptor memory)
    {
        using var limit = new CancellationTokenSource(Patience);

        // The socket's name goes with the listener, and is found through the directory: that is closed last.
        using (directory)
        using (state)
        using (memory)
        using (listener)
        {
            Socket? caller = null;
            try
            {
                caller = await listener.AcceptAsync(limit.Token).ConfigureAwait(false);
                DescriptorMail.Send(caller.SafeHandle, state, memory);
                return caller;
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException or LinuxException)
            {
                // Its machine has not come up, or boots cold and says so in its log.
                caller?.Dispose();
                return null;
            }
        }
    }
}
