using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>net/if.h and sys/ioctl.h: the flags of a network interface (netdevice(7)).</summary>
internal static unsafe partial class NetDevice
{
    internal const int AF_INET = 2;
    internal const int SOCK_DGRAM = 2;
    internal const int SOCK_CLOEXEC = 0x80000;
    internal const int CLONE_NEWNET = 0x40000000;
    internal const int CLONE_NEWUTS = 0x04000000;
    internal const int CLONE_NEWIPC = 0x08000000;
    internal const short IFF_UP = 1;

    // linux/sockios.h.
    internal const nuint SIOCGIFFLAGS = 0x8913;
    internal const nuint SIOCSIFFLAGS = 0x8914;

    [LibraryImport(Unistd.Libc, EntryPoint = "socket", SetLastError = true)]
    internal static partial int Socket(int family, int kind, int protocol);

    [LibraryImport(Unistd.Libc, EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int Ioctl(int fd, nuint request, InterfaceRequest* argument);

    /// <summary>struct ifreq, net/if.h: a name of IFNAMSIZ bytes and a union of 24.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 40)]
    internal struct InterfaceRequest
    {
        internal fixed byte Name[16];
        internal short Flags;
    }
}
