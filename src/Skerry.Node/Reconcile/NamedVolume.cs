using Skerry.Linux.Files;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Reconcile;

/// <summary>
/// A directory of the node that outlives pods. It is made when a container first names it, with the owner and mode of the directory
/// that it covers in the image, so that an image whose user is not root can write to it.
/// </summary>
internal static class NamedVolume
{
    private const uint DefaultMode = 0x1ED; // 0755

    /// <summary>Makes a volume that is not there yet.</summary>
    /// <param name="volume">Its mount; the source is the directory to make.</param>
    /// <param name="rootfs">The container's mounted root file system.</param>
    /// <param name="users">The pod's ids, under which the root file system shows its files; null: the host's.</param>
    internal static void Make(MountPlan volume, string rootfs, IdRange? users)
    {
        if (Directory.Exists(volume.Source))
        {
            return;
        }

        var (uid, gid, mode) = Like(volume.Destination, rootfs, users);
        var making = volume.Source + ".new";
        Directory.CreateDirectory(making);
        using (var opened = FileCalls.Open(null, making, OpenFlags.Directory))
        {
            FileCalls.SetOwner(opened, uid, gid);
            FileCalls.SetMode(opened, mode);
        }

        Directory.Move(making, volume.Source!);
    }

    private static (uint Uid, uint Gid, uint Mode) Like(string destination, string rootfs, IdRange? users)
    {
        using var root = FileCalls.Open(null, rootfs, OpenFlags.Directory);
        var (opened, _) = FileCalls.OpenInRoot(root, destination.TrimStart('/'), OpenFlags.Path | OpenFlags.Directory);
        if (opened is null)
        {
            return (0, 0, DefaultMode);
        }

        using (opened)
        {
            var status = FileCalls.Status(opened);
            var first = users?.HostStart ?? 0;

            // An owner outside the pod's range cannot be shown inside it: root of the pod then.
            uint Inside(uint id) => id >= first && (users is null || id - first < users.Value.Count) ? id - first : 0;
            return (Inside(status.Uid), Inside(status.Gid), status.Mode & 0xFFF);
        }
    }
}
