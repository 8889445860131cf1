using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Skerry.Linux.Interop;
using Skerry.Linux.Mounts;
using Skerry.Linux.Processes;

namespace Skerry.Linux.Namespaces;

/// <summary>
/// A thread with a mount namespace of its own, from which programs are started: they see the mounts that this thread sees. Nothing
/// that is mounted here reaches the host (propagation is slave), and the kernel unmounts it when the last process
/// of the namespace has ended, so a crash leaves no mount behind.
/// </summary>
/// <remarks>
/// Work is done one piece at a time, in order. <see cref="RunInNewNamespace"/> gives a piece of work a namespace of its own, made as
/// a copy of the thread's; programs that it starts keep that namespace alive. The thread stands apart (<see cref="ApartThread"/>):
/// work on it queues nothing.
/// </remarks>
public sealed class SpawnThread : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;
    private FileDescriptor? _home;
    private FileDescriptor? _homeNetwork;

    /// <summary>Starts the thread.</summary>
    /// <param name="name">The thread's name, for people.</param>
    /// <param name="prepare">Mounts that every program started from here shall see; run once inside the new namespace.</param>
    /// <exception cref="LinuxException">unshare or mount was refused: EPERM without CAP_SYS_ADMIN.</exception>
    public SpawnThread(string name, Action? prepare = null)
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _thread = ApartThread.Start(name, () => Loop(prepare, ready));
        ready.Task.GetAwaiter().GetResult();
    }

    /// <summary>Runs a piece of work on the thread, in its namespace.</summary>
    public Task<T> Run<T>(Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() => ApartThread.Complete(done, work));
        return done.Task;
    }

    /// <summary>Runs a piece of work in a mount namespace made for it alone.</summary>
    /// <param name="work">The work.</param>
    /// <param name="network">A network namespace to be in meanwhile; null: that of the process.</param>
    /// <param name="isolateNetwork">Have a new, empty network namespace meanwhile.</param>
    public Task<T> RunInNewNamespace<T>(Func<T> work, FileDescriptor? network = null, bool isolateNetwork = false)
    {
        ArgumentNullException.ThrowIfNull(work);
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                if (network is not null)
                {
                    LinuxException.ThrowIfFailed(SchedMount.SetNs(network.Number, NetDevice.CLONE_NEWNET), "setns", "the network namespace");
                }

                LinuxException.ThrowIfFailed(SchedMount.Unshare(isolateNetwork ? SchedMount.CLONE_NEWNS | NetDevice.CLONE_NEWNET : SchedMount.CLONE_NEWNS), "unshare", "CLONE_NEWNS");
                ApartThread.Complete(done, work);
            }
            catch (LinuxException error)
            {
                HomeThread.Post(() => done.SetException(error));
            }

            if (SchedMount.SetNs(_home!.Number, SchedMount.CLONE_NEWNS) != 0
                || ((network is not null || isolateNetwork) && SchedMount.SetNs(_homeNetwork!.Number, NetDevice.CLONE_NEWNET) != 0))
            {
                // Work that follows would run in the wrong namespace; there is nothing sane to go on with.
                Environment.FailFast($"setns back to the namespaces of {_thread.Name}: {Marshal.GetLastPInvokeErrorMessage()}");
            }
        });
        return done.Task;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _home?.Dispose();
        _homeNetwork?.Dispose();
        _work.Dispose();
    }

    private void Loop(Action? prepare, TaskCompletionSource ready)
    {
        try
        {
            LinuxException.ThrowIfFailed(
                SchedMount.Unshare(SchedMount.CLONE_FS | SchedMount.CLONE_NEWNS), "unshare", "CLONE_FS|CLONE_NEWNS");
            MountTable.SetPropagation("/", Propagation.Slave, recursive: true);
            prepare?.Invoke();
            _home = LinuxFile.OpenPath("/proc/thread-self/ns/mnt", 0);
            _homeNetwork = LinuxFile.OpenPath("/proc/thread-self/ns/net", 0);
            HomeThread.Post(ready.SetResult);
        }
        catch (Exception error)
        {
            HomeThread.Post(() => ready.SetException(error));
            return;
        }

        foreach (var work in _work.GetConsumingEnumerable())
        {
            work();
        }
    }
}
