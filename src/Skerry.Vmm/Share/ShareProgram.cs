using System.Net.Sockets;
using Skerry.Contracts.Vmm;
using Skerry.Linux;
using Skerry.Linux.Processes;
using Skerry.Linux.Terminals;
using Skerry.Vmm.Hold;

namespace Skerry.Vmm.Share;

/// <summary>
/// Shows volumes to a machine: the first process of a jail that has nothing but them, and the parent of virtiofsd, which serves one VMM and ends with it.
/// <list type="number">
/// <item>Wait for the machine's holder.</item>
/// <item>Start a server that waits for the VMM, and tell the holder.</item>
/// <item>When the server ends or the holder leaves, part with the other, and begin again: a holder may boot its machine twice.</item>
/// </list>
/// </summary>
internal static class ShareProgram
{
    private const int Failed = 1;

    /// <summary>The number under which virtiofsd has the socket that it waits at.</summary>
    private const int Waiting = 3;

    /// <summary>Shares until it is killed.</summary>
    /// <returns>The exit code, where it cannot.</returns>
    internal static async Task<int> Run(ShareTask task)
    {
        try
        {
            // 1. holder
            using var holders = Rendezvous.Listen(task.Sockets.Holder);
            while (true)
            {
                await using var holder = await Rendezvous.Accept(holders, CancellationToken.None).ConfigureAwait(false);
                await Serve(task, holder).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is IOException or SocketException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"skerry-vmm: share {task.Root}: {error.Message}").ConfigureAwait(false);
            return Failed;
        }
    }

    private static async Task Serve(ShareTask task, NetworkStream holder)
    {
        const int SigKill = 9;

        // 2. server; the socket's name goes with the socket
        using var machines = Rendezvous.Listen(task.Sockets.Machine);
        using var server = Start(task, machines);
        var ended = Task.Factory.StartNew(() => server.Wait(Timeout.InfiniteTimeSpan)!.Value, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        holder.WriteByte(VmShare.Ready);

        // 3. the end
        await Task.WhenAny(ended, Left(holder)).ConfigureAwait(false);
        server.Signal(SigKill);
        var code = await ended.ConfigureAwait(false);
        await Console.Error.WriteLineAsync($"skerry-vmm: virtiofsd ended with {code}").ConfigureAwait(false);
    }

    /// <summary>
    /// Starts virtiofsd. It changes its root to the volumes, keeps the capabilities that it needs for files alone, and restricts its own calls once more. A guest
    /// asks anew for what it looks up, so that it sees at once what the node or another pod has changed.
    /// </summary>
    private static ChildProcess Start(ShareTask task, Socket machines)
    {
        // Both belong to somebody else, who closes them.
        var waiting = new FileDescriptor((int)machines.Handle);
        var printed = new FileDescriptor(StandardStream.Error);
        try
        {
            return Spawn.Start(new SpawnRequest
            {
                Path = task.Program,
                Arguments =
                [
                    $"--fd={Waiting}", "-f", "--rlimit-nofile=0",
                    "-o", $"source={task.Root},sandbox=chroot,announce_submounts,xattr,log_level=warn,cache={task.Cache}" + (task.Cache == "auto" ? ",timeout=0" : string.Empty),
                ],
                Descriptors = [(Waiting, waiting), (StandardStream.Out, printed), (StandardStream.Error, printed)],
            });
        }
        finally
        {
            waiting.SetHandleAsInvalid();
            printed.SetHandleAsInvalid();
        }
    }

    private static async Task Left(NetworkStream holder)
    {
        try
        {
            await holder.ReadExactlyAsync(new byte[1]).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // It closed its end, or was killed.
        }
    }
}
