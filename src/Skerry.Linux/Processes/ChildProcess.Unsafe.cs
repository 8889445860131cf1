using System.Runtime.InteropServices;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Processes;

/// <summary>
/// A child of this process, named by pid and, race-free, by pidfd. It is reaped exactly once, by <see cref="Wait"/>; a child
/// that is disposed before it was waited for is left to be reaped in the background.
/// </summary>
public sealed class ChildProcess : IDisposable
{
    private readonly FileDescriptor _pidfd;
    private readonly Lock _reaping = new();
    private int? _code;

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

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!IsReaped)
        {
            var pidfd = _pidfd;
            ThreadPool.UnsafeQueueUserWorkItem(
                static self =>
                {
                    PidFd.WaitReadable(self._pidfd, Timeout.InfiniteTimeSpan);
                    self.Reap();
                    self._pidfd.Dispose();
                },
                this,
                preferLocal: false);
            return;
        }

        _pidfd.Dispose();
    }

    private bool IsReaped
    {
        get
        {
            lock (_reaping)
            {
                return _code is not null;
            }
        }
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
