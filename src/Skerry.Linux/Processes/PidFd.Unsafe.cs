using System.Runtime.InteropServices;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Processes;

/// <summary>Process descriptors: a process that cannot be mistaken for another (pidfd_open(2)).</summary>
public static class PidFd
{
    // asm-generic/unistd.h; the same numbers on x86-64 and arm64.
    private const int SysPidfdSendSignal = 424;
    private const int SysPidfdOpen = 434;
    private const short PollIn = 1;

    /// <summary>Opens a descriptor for a process.</summary>
    /// <exception cref="LinuxException">ESRCH: there is no such process.</exception>
    public static FileDescriptor Open(int pid)
    {
        var fd = SpawnCalls.Syscall(SysPidfdOpen, pid, 0, 0, 0);
        return fd >= 0 ? new FileDescriptor((int)fd) : throw LinuxException.Last("pidfd_open", Text(pid));
    }

    /// <summary>Opens a descriptor, or gives null when there is no such process.</summary>
    public static FileDescriptor? TryOpen(int pid)
    {
        var fd = SpawnCalls.Syscall(SysPidfdOpen, pid, 0, 0, 0);
        return fd >= 0 ? new FileDescriptor((int)fd) : null;
    }

    /// <summary>Sends a signal. False: the process has ended.</summary>
    public static bool Signal(FileDescriptor pidfd, int signal, int pid)
    {
        if (SpawnCalls.Syscall(SysPidfdSendSignal, pidfd.Number, signal, 0, 0) == 0)
        {
            return true;
        }

        return Marshal.GetLastPInvokeError() == (int)Errno.ESRCH ? false : throw LinuxException.Last("pidfd_send_signal", Text(pid));
    }

    /// <summary>Blocks until the process has ended. False: the time was over first.</summary>
    public static unsafe bool WaitReadable(FileDescriptor pidfd, TimeSpan timeout)
    {
        var deadline = timeout == Timeout.InfiniteTimeSpan ? long.MaxValue : Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        while (true)
        {
            var left = deadline == long.MaxValue ? -1 : (int)Math.Clamp(deadline - Environment.TickCount64, 0, int.MaxValue);
            var poll = new SpawnCalls.PollFd { Fd = pidfd.Number, Events = PollIn };
            var ready = SpawnCalls.Poll(&poll, 1, left);
            if (ready > 0)
            {
                return true;
            }

            if (ready == 0)
            {
                return false;
            }

            if (Marshal.GetLastPInvokeError() != (int)Errno.EINTR)
            {
                throw LinuxException.Last("poll", "pidfd");
            }
        }
    }

    private static string Text(int pid) => pid.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
