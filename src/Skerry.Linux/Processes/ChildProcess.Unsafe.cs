using System.Runtime.InteropServices;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Processes;

/// <summary>
/// A child of this process, named by pid and, race-free, by pidfd. It is reaped exactly once, by <see cref="Wait"/>; a child
/// that is disposed before it was waited for is reaped when it ends, and holds no thread until then.
/// </summary>
public sealed class ChildProcess : IDisposable
{
    private readonly FileDescriptor _pidfd;
    private readonly Lock _reaping = new();
    private int? _code;
    private bool _isDisposed;

    internal ChildProcess(int pid)
    {
        Pid = pid;
        Orphans.Know(pid);
        _pidfd = PidFd.Open(pid);
    }

    /// <summary>
    /// Takes over a process that became this one's child when its own parent ended (this is the first process, or a subreaper).
    /// </summary>
    /// <exception cref="LinuxException">ESRCH: there is no such process.</exception>
    public static ChildProcess Adopt(int pid) => new(pid);

    /// <summary>The process id; ours alone until the child is reaped.</summary>
    public int Pid { get; }

    /// <summary>Readable when the child has ended; closed with this object.</summary>
    public FileDescriptor Descriptor => _pidfd;

    /// <summary>Sends a signal; a child that has ended already is no error.</summary>
    public void Signal(int signal) => PidFd.Signal(_pidfd, signal, Pid);

    /// <summary>
    /// Blocks until the child has ended or the time is over. Later calls give the same again.
    /// </summary>
    /// <returns>The exit code, 128 + n where signal n ended it, or null when the time was over first.</returns>
    /// <exception cref="LinuxException">ECHILD: one that is to be adopted still has another parent.</exception>
    public int? Wait(TimeSpan timeout)
    {
        if (!PidFd.WaitReadable(_pidfd, timeout))
        {
            return null;
        }

        return Reap();
    }

    /// <summary>Completes when the child has ended; no thread waits for it.</summary>
    public Task Ended()
    {
        lock (_reaping)
        {
            if (_code is not null)
            {
                return Task.CompletedTask;
            }

            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            ChildWatch.Add(PidFd.Open(Pid), ended.SetResult);
            return ended.Task;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_reaping)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            if (_code is null)
            {
                ChildWatch.Add(_pidfd, () => Reap());
                return;
            }
        }

        _pidfd.Dispose();
    }

    private int Reap()
    {
        // The child has ended: nothing here waits.
        lock (_reaping)
        {
            return _code ??= WaitId();
        }
    }

    private unsafe int WaitId()
    {
        var info = stackalloc int[32]; // siginfo_t, 128 bytes
        int result;
        do
        {
            result = SpawnCalls.WaitId(SpawnCalls.P_PID, (uint)Pid, info, SpawnCalls.WEXITED, null);
        }
        while (result < 0 && Marshal.GetLastPInvokeError() == (int)Errno.EINTR);
        LinuxException.ThrowIfFailed(result, "waitid", Pid.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Orphans.Forget(Pid);

        // siginfo_t: si_signo, si_errno, si_code, pad, then si_pid, si_uid, si_status (asm-generic/siginfo.h).
        return info[2] == SpawnCalls.CLD_EXITED ? info[6] : 128 + info[6];
    }
}
