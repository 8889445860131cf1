#pragma warning disable CS8981 // the kernel's own spelling of its structures
using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>poll.h.</summary>
internal static partial class PollCalls
{
    /// <summary>asm-generic/poll.h.</summary>
    internal const short POLLIN = 1;

    /// <summary>asm-generic/poll.h.</summary>
    internal const short POLLOUT = 4;

    [StructLayout(LayoutKind.Sequential)]
    internal struct pollfd
    {
        internal int fd;
        internal short events;
        internal short revents;
    }

    [LibraryImport(Unistd.Libc, EntryPoint = "poll", SetLastError = true)]
    internal static unsafe partial int Poll(pollfd* fds, ulong count, int timeout);
}
