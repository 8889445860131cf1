using Skerry.Linux.Files;
using Skerry.Linux.Mounts;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Jails;

/// <summary>
/// Device nodes for one jail, made by the node for the jail's user alone: the machine's own nodes belong to groups that no user namespace
/// maps, and in one nobody may make any (user_namespaces(7)).
/// </summary>
internal static class JailDevices
{
    /// <summary>
    /// Makes the nodes on a file system in memory that only the calling thread's mount namespace has.
    /// </summary>
    /// <param name="place">An empty directory to mount it on.</param>
    /// <param name="owner">The host's id of the jail's user.</param>
    /// <param name="devices">Which.</param>
    internal static void Show(string place, uint owner, IEnumerable<JailDevice> devices)
    {
        MountTable.Mount("none", place, "tmpfs", MountTable.Options.NoSetuid | MountTable.Options.NoExec, "size=64k,mode=0755");
        using var directory = FileCalls.Open(null, place, OpenFlags.Directory);
        foreach (var device in devices)
        {
            FileCalls.MakeNode(directory, device.FileName, FileKind.CharacterDevice, 0, device.Major, device.Minor);
            FileCalls.SetOwner(directory, device.FileName, owner, owner);
            FileCalls.SetMode(directory, device.FileName, 0x180 /* 0600 */);
        }
    }

    /// <summary>Adds them to a plan: shown by mounts, and let through by the control group.</summary>
    internal static ContainerPlan With(this ContainerPlan plan, string place, IReadOnlyList<JailDevice> devices) => plan with
    {
        Devices = [.. plan.Devices, .. devices.Select(static d => d.Rule)],
        Mounts = [.. plan.Mounts, .. devices.Select(d => new MountPlan { Source = Path.Combine(place, d.FileName), Destination = d.Path, IsDevice = true, NoExec = true })],
    };
}
