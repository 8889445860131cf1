using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>linux/if_tun.h: network interfaces whose cable ends in a program.</summary>
internal static unsafe partial class Tun
{
    internal const string Device = "/dev/net/tun";
    internal const short IFF_TAP = 0x0002;
    internal const short IFF_NO_PI = 0x1000;
    internal const short IFF_VNET_HDR = 0x4000;
    internal const nuint TUNSETIFF = 0x400454ca;
    internal const nuint TUNSETPERSIST = 0x400454cb;
    internal const nuint TUNSETOWNER = 0x400454cc;

    [LibraryImport(Unistd.Libc, EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int Ioctl(int fd, nuint request, nuint argument);
}
