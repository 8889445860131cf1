#pragma warning disable CS8981 // the kernel's own spelling of its structures
using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>sys/socket.h and linux/netlink.h.</summary>
internal static unsafe partial class SocketCalls
{
    internal const int AF_UNIX = 1;
    internal const int AF_NETLINK = 16;
    internal const int SOCK_STREAM = 1;
    internal const int SOCK_RAW = 3;
    internal const int SOCK_SEQPACKET = 5;
    internal const int SOCK_NONBLOCK = 0x800;
    internal const int SOCK_CLOEXEC = 0x80000;
    internal const int SOL_SOCKET = 1;
    internal const int SCM_RIGHTS = 1;
    internal const int MSG_CMSG_CLOEXEC = 0x40000000;
    internal const int MSG_NOSIGNAL = 0x4000;
    internal const int MSG_TRUNC = 0x20;
    internal const int MSG_DONTWAIT = 0x40;

    [LibraryImport(Unistd.Libc, EntryPoint = "socket", SetLastError = true)]
    internal static partial int Socket(int family, int kind, int protocol);

    [LibraryImport(Unistd.Libc, EntryPoint = "bind", SetLastError = true)]
    internal static partial int Bind(int fd, byte* address, uint length);

    [LibraryImport(Unistd.Libc, EntryPoint = "listen", SetLastError = true)]
    internal static partial int Listen(int fd, int backlog);

    [LibraryImport(Unistd.Libc, EntryPoint = "connect", SetLastError = true)]
    internal static partial int Connect(int fd, byte* address, uint length);

    [LibraryImport(Unistd.Libc, EntryPoint = "accept4", SetLastError = true)]
    internal static partial int Accept(int fd, byte* address, uint* length, int flags);

    [LibraryImport(Unistd.Libc, EntryPoint = "send", SetLastError = true)]
    internal static partial nint Send(int fd, byte* bytes, nuint length, int flags);

    [LibraryImport(Unistd.Libc, EntryPoint = "recv", SetLastError = true)]
    internal static partial nint Receive(int fd, byte* bytes, nuint length, int flags);

    [LibraryImport(Unistd.Libc, EntryPoint = "recvmsg", SetLastError = true)]
    internal static partial nint ReceiveMessage(int fd, msghdr* message, int flags);

    [LibraryImport(Unistd.Libc, EntryPoint = "sendmsg", SetLastError = true)]
    internal static partial nint SendMessage(int fd, msghdr* message, int flags);

    /// <summary>struct msghdr of the 64-bit ABI (linux/socket.h, struct user_msghdr).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct msghdr
    {
        internal void* name;
        internal uint namelen;
        internal iovec* iov;
        internal nuint iovlen;
        internal void* control;
        internal nuint controllen;
        internal int flags;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct iovec
    {
        internal void* start;
        internal nuint length;
    }
}
