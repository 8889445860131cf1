using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Jails;

/// <summary>A device that a jailed program gets (Documentation/admin-guide/devices.txt).</summary>
/// <param name="Path">Where it is in the jail.</param>
/// <param name="Major">Major number; all are character devices.</param>
/// <param name="Minor">Minor number.</param>
internal sealed record JailDevice(string Path, uint Major, uint Minor)
{
    /// <summary>Virtual machines by the processor.</summary>
    internal static JailDevice Kvm { get; } = new("/dev/kvm", 10, 232);

    /// <summary>Attaching to a tap.</summary>
    internal static JailDevice Tun { get; } = new("/dev/net/tun", 10, 200);

    /// <summary>What the container's control group lets through.</summary>
    internal DevicePlan Rule => new(Path, Path, IsBlock: false, Major, Minor, "rw", 0x180 /* 0600 */) { IsMounted = true };

    /// <summary>The name of its node in a directory of nodes.</summary>
    internal string FileName => System.IO.Path.GetFileName(Path);
}
