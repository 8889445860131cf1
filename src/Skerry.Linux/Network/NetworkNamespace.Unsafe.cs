using System.Runtime.ExceptionServices;
using Skerry.Linux.Interop;
using Skerry.Linux.Machine;
using Skerry.Linux.Processes;

namespace Skerry.Linux.Network;

/// <summary>
/// Work in a network namespace, and new namespaces. Each piece of work gets a thread of its own that ends with it
/// (<see cref="ApartThread"/>: it queues nothing), so no thread of the pool is ever in a foreign namespace. Programs started by the work start in that namespace too.
/// </summary>
public static class NetworkNamespace
{
    /// <summary>Runs blocking work on a new thread, inside <paramref name="network"/> where one is given.</summary>
    /// <exception cref="LinuxException">setns was refused: EPERM, or EINVAL where the descriptor is no network namespace.</exception>
    public static Task<T> RunAsync<T>(FileDescriptor? network, string threadName, Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        return ApartThread.Run(threadName, () =>
        {
            Enter(network);
            return work();
        });
    }

    /// <summary>Runs short work and waits for it.</summary>
    public static T Run<T>(FileDescriptor? network, Func<T> work)
    {
        try
        {
            return RunAsync(network, "netns", work).GetAwaiter().GetResult();
        }
        catch (LinuxException error)
        {
            ExceptionDispatchInfo.Throw(error);
            throw;
        }
    }

    /// <summary>New network, IPC and UTS namespaces that belong to the caller's user namespace.</summary>
    /// <returns>Descriptors in the order net, ipc, uts; a namespace lives while something refers to it.</returns>
    public static IReadOnlyList<FileDescriptor> Create() => Run<IReadOnlyList<FileDescriptor>>(null, static () =>
    {
        const int Kinds = NetDevice.CLONE_NEWNET | NetDevice.CLONE_NEWIPC | NetDevice.CLONE_NEWUTS;
        LinuxException.ThrowIfFailed(SchedMount.Unshare(Kinds), "unshare", "CLONE_NEWNET|CLONE_NEWIPC|CLONE_NEWUTS");
        return [OpenOwn("net"), OpenOwn("ipc"), OpenOwn("uts")];
    });

    /// <summary>Sets the host name of a UTS namespace (uts_namespaces(7)).</summary>
    /// <param name="uts">The namespace.</param>
    /// <param name="name">At most 64 bytes.</param>
    /// <exception cref="LinuxException">EPERM: it belongs to a user namespace that the caller does not rule; EINVAL: it is too long, or no UTS namespace.</exception>
    public static void SetHostName(FileDescriptor uts, string name)
    {
        ArgumentNullException.ThrowIfNull(uts);
        _ = Run(null, () =>
        {
            LinuxException.ThrowIfFailed(SchedMount.SetNs(uts.Number, NetDevice.CLONE_NEWUTS), "setns", "the UTS namespace");
            ThisMachine.SetHostName(name);
            return true;
        });
    }

    /// <summary>Brings the loopback interface of a namespace up; 127.0.0.1 and ::1 come with it.</summary>
    public static unsafe void BringLoopbackUp(FileDescriptor network) => Run(network, static () =>
    {
        using var socket = new FileDescriptor(LinuxException.ThrowIfFailed(
            NetDevice.Socket(NetDevice.AF_INET, NetDevice.SOCK_DGRAM | NetDevice.SOCK_CLOEXEC, 0), "socket", "AF_INET"));
        var request = default(NetDevice.InterfaceRequest);
        request.Name[0] = (byte)'l';
        request.Name[1] = (byte)'o';
        LinuxException.ThrowIfFailed(NetDevice.Ioctl(socket.Number, NetDevice.SIOCGIFFLAGS, &request), "ioctl", "SIOCGIFFLAGS lo");
        request.Flags |= NetDevice.IFF_UP;
        return LinuxException.ThrowIfFailed(NetDevice.Ioctl(socket.Number, NetDevice.SIOCSIFFLAGS, &request), "ioctl", "SIOCSIFFLAGS lo up");
    });

    private static void Enter(FileDescriptor? network)
    {
        if (network is not null)
        {
            LinuxException.ThrowIfFailed(SchedMount.SetNs(network.Number, NetDevice.CLONE_NEWNET), "setns", "the network namespace");
        }
    }

    private static FileDescriptor OpenOwn(string kind) => LinuxFile.OpenPath($"/proc/thread-self/ns/{kind}", 0);
}
