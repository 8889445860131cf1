using System.Text;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Network;

/// <summary>
/// A tap interface (tuntap.rst): what the kernel sends on it a program reads as Ethernet frames, and what the program writes the kernel
/// receives. A persistent one stays without a program, and goes with its network namespace.
/// </summary>
public static class TapDevice
{
    private const int O_RDWR = 2;
    private const int MaxName = 15; // IFNAMSIZ less the NUL, linux/if.h

    /// <summary>
    /// Makes an interface, in the network namespace of the calling thread, to which one user may attach without any capability.
    /// </summary>
    /// <param name="name">Its name.</param>
    /// <param name="owner">The user's id outside every container.</param>
    /// <exception cref="LinuxException">The kernel refused: ENOENT or ENODEV: it has no TUN driver; EBUSY: a program is attached.</exception>
    public static void Make(string name, uint owner)
    {
        using var tap = Attach(name);
        LinuxException.ThrowIfFailed(Tun.Ioctl(tap.Number, Tun.TUNSETOWNER, owner), "ioctl", $"TUNSETOWNER {owner} {name}");
        LinuxException.ThrowIfFailed(Tun.Ioctl(tap.Number, Tun.TUNSETPERSIST, 1), "ioctl", $"TUNSETPERSIST {name}");
    }

    /// <summary>Attaches to an interface, which is made when it is not there, and then goes with the descriptor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="hasHeader">Before each frame there is a header that says what is left to do for it (struct virtio_net_hdr).</param>
    /// <exception cref="LinuxException">As for <see cref="Make"/>; EPERM: it belongs to another user.</exception>
    public static unsafe FileDescriptor Attach(string name, bool hasHeader = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Length > MaxName || !Ascii.IsValid(name))
        {
            throw LinuxException.Of("TUNSETIFF", name, Errno.ENAMETOOLONG);
        }

        var tap = LinuxFile.OpenPath(Tun.Device, O_RDWR);
        try
        {
            var request = default(NetDevice.InterfaceRequest);
            request.Flags = (short)(Tun.IFF_TAP | Tun.IFF_NO_PI | (hasHeader ? Tun.IFF_VNET_HDR : 0));
            Encoding.ASCII.GetBytes(name, new Span<byte>(request.Name, MaxName));
            LinuxException.ThrowIfFailed(NetDevice.Ioctl(tap.Number, Tun.TUNSETIFF, &request), "ioctl", $"TUNSETIFF {name}");
            return tap;
        }
        catch
        {
            tap.Dispose();
            throw;
        }
    }
}
