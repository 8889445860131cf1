using System.Runtime.InteropServices;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Watches;

/// <summary>Waits for many descriptors at once (epoll(7), level-triggered), for a loop that does everything on one thread.</summary>
public sealed class Readiness : IDisposable
{
    private const int EPOLL_CTL_ADD = 1;
    private const int EPOLL_CTL_DEL = 2;
    private const int EPOLL_CTL_MOD = 3;
    private const int EPOLL_CLOEXEC = 0x80000;

    private readonly FileDescriptor _epoll = new(LinuxException.ThrowIfFailed(Epoll.Create(EPOLL_CLOEXEC), "epoll_create1", string.Empty));

    /// <summary>Itself a descriptor that can be read while one of those that are watched is ready (epoll(7)).</summary>
    public FileDescriptor File => _epoll;

    /// <summary>Begins to watch.</summary>
    public void Add(FileDescriptor file, Interest interest) => Control(EPOLL_CTL_ADD, file, interest);

    /// <summary>Watches for something else.</summary>
    public void Change(FileDescriptor file, Interest interest) => Control(EPOLL_CTL_MOD, file, interest);

    /// <summary>Ends watching; before the descriptor is closed.</summary>
    public void Remove(FileDescriptor file) => Control(EPOLL_CTL_DEL, file, Interest.None);

    /// <summary>Waits, at most so long (-1: for ever).</summary>
    /// <returns>How many were written to <paramref name="ready"/>: the number of the descriptor, and what came.</returns>
    public unsafe int Wait(Span<(int Number, Interest Came)> ready, int timeoutMilliseconds)
    {
        var events = stackalloc byte[16 * ready.Length];
        int count;
        do
        {
            count = Epoll.Wait(_epoll.Number, events, ready.Length, timeoutMilliseconds);
        }
        while (count < 0 && Marshal.GetLastPInvokeError() == (int)Errno.EINTR);
        LinuxException.ThrowIfFailed(count, "epoll_wait", string.Empty);
        for (var i = 0; i < count; i++)
        {
            ready[i] = (Epoll.DecodeNumber(events, i), (Interest)Epoll.DecodeEvents(events, i));
        }

        return count;
    }

    /// <inheritdoc/>
    public void Dispose() => _epoll.Dispose();

    private unsafe void Control(int operation, FileDescriptor file, Interest interest)
    {
        ArgumentNullException.ThrowIfNull(file);
        var buffer = stackalloc byte[16];
        Epoll.Encode(buffer, (uint)interest, file.Number);
        LinuxException.ThrowIfFailed(Epoll.Control(_epoll.Number, operation, file.Number, buffer), "epoll_ctl", $"fd {file.Number}");
    }
}
