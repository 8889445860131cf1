using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Processes;

/// <summary>
/// Tells when processes end: one thread sleeping in epoll_wait(2) on their pidfds, no polling, however many there are.
/// </summary>
public sealed class ExitWatch : IDisposable
{
    private const int EPOLL_CTL_ADD = 1;
    private const int EPOLL_CTL_DEL = 2;
    private const uint EPOLLIN = 1;
    private const int EPOLL_CLOEXEC = 0x80000;
    private const int EFD_CLOEXEC = 0x80000;

    private readonly FileDescriptor _epoll;
    private readonly FileDescriptor _wake;
    private readonly ConcurrentDictionary<int, Watched> _watched = new();
    private readonly Thread _thread;
    private volatile bool _stop;

    /// <summary>Starts the thread.</summary>
    public ExitWatch()
    {
        _epoll = new FileDescriptor(LinuxException.ThrowIfFailed(Epoll.Create(EPOLL_CLOEXEC), "epoll_create1", string.Empty));
        _wake = new FileDescriptor(LinuxException.ThrowIfFailed(Epoll.EventFd(0, EFD_CLOEXEC), "eventfd", string.Empty));
        Control(EPOLL_CTL_ADD, _wake);
        _thread = new Thread(Loop) { IsBackground = true, Name = "exit-watch" };
        _thread.Start();
    }

    /// <summary>
    /// Watches a process through its descriptor, which the watch takes over. The callback runs once, on the thread pool.
    /// </summary>
    /// <exception cref="LinuxException">The kernel watches no more; the descriptor is the caller's.</exception>
    public void Add(FileDescriptor pidfd, Action ended)
    {
        ArgumentNullException.ThrowIfNull(pidfd);
        _watched[pidfd.Number] = new Watched(pidfd, ended);
        try
        {
            Control(EPOLL_CTL_ADD, pidfd);
        }
        catch (LinuxException)
        {
            _watched.TryRemove(pidfd.Number, out _);
            throw;
        }
    }

    /// <inheritdoc/>
    public unsafe void Dispose()
    {
        _stop = true;
        ulong one = 1;
        _ = Unistd.Write(_wake.Number, &one, sizeof(ulong));
        _thread.Join();
        foreach (var (_, watched) in _watched)
        {
            watched.PidFd.Dispose();
        }

        _epoll.Dispose();
        _wake.Dispose();
    }

    private unsafe void Control(int operation, FileDescriptor descriptor)
    {
        var buffer = stackalloc byte[16];
        Epoll.Encode(buffer, EPOLLIN, descriptor.Number);
        LinuxException.ThrowIfFailed(Epoll.Control(_epoll.Number, operation, descriptor.Number, buffer), "epoll_ctl", "pidfd");
    }

    private unsafe void Loop()
    {
        const int Batch = 64;
        var events = stackalloc byte[16 * Batch];
        while (!_stop)
        {
            var count = Epoll.Wait(_epoll.Number, events, Batch, -1);
            if (count < 0 && Marshal.GetLastPInvokeError() != (int)Errno.EINTR)
            {
                throw LinuxException.Last("epoll_wait", string.Empty);
            }

            for (var i = 0; i < count; i++)
            {
                var fd = Epoll.DecodeNumber(events, i);
                if (_watched.TryRemove(fd, out var watched))
                {
                    Control(EPOLL_CTL_DEL, watched.PidFd);
                    watched.PidFd.Dispose();
                    ThreadPool.UnsafeQueueUserWorkItem(static ended => ended(), watched.Ended, preferLocal: false);
                }
            }
        }
    }

    private sealed record Watched(FileDescriptor PidFd, Action Ended);
}
