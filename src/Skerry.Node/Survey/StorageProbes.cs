using Skerry.Linux.Files;
using Skerry.Node.Reconcile;

namespace Skerry.Node.Survey;

/// <summary>The file system that holds the node's root.</summary>
internal static class StorageProbes
{
    internal static IEnumerable<Probe> All(NodeRooms rooms, TrialGround ground) =>
    [
        new("storage", "file system", () => FileSystem(rooms.Paths.Root)),
        new("storage", "fsync", () => ground.InDirectory("fsync", d => Sync(d, rooms.Clock))),
    ];

    /// <summary>Type and mount point of the file system that holds a path (proc_pid_mountinfo(5)).</summary>
    internal static (string Type, string MountPoint) Holding(string path, string mountinfo)
    {
        var found = (Type: "unknown", MountPoint: string.Empty);
        foreach (var line in mountinfo.Split('\n'))
        {
            var fields = line.Split(' ');
            var dash = Array.IndexOf(fields, "-", Math.Min(6, fields.Length));
            if (dash < 0 || fields.Length < dash + 2)
            {
                continue;
            }

            var mount = fields[4].Replace("\\040", " ", StringComparison.Ordinal);
            var below = mount == "/" || path == mount || path.StartsWith(mount + "/", StringComparison.Ordinal);

            // What was mounted later lies above, so an equal one wins.
            if (below && mount.Length >= found.MountPoint.Length)
            {
                found = (fields[dash + 1], mount);
            }
        }

        return found;
    }

    private static ProbeResult FileSystem(string root)
    {
        var (type, mount) = Holding(Path.GetFullPath(root), File.ReadAllText("/proc/self/mountinfo"));
        return type is "tmpfs" or "ramfs"
            ? ProbeResult.No($"{root} is on {type}: everything is lost at a reboot; put the node's root on a disk", $"{type} at {mount}")
            : ProbeResult.Yes($"{type} at {mount}");
    }

    private static ProbeResult Sync(string directory, TimeProvider clock)
    {
        using var parent = FileCalls.Open(null, directory, OpenFlags.Read | OpenFlags.Directory);
        using var file = FileCalls.Open(parent, "f", OpenFlags.Write | OpenFlags.Create | OpenFlags.Exclusive, 0x180 /* 0600 */);
        FileCalls.Write(file, "trial"u8, 0, "f");
        var began = clock.GetTimestamp();
        FileCalls.Sync(file);
        FileCalls.Sync(parent);
        return ProbeResult.Yes(FormattableString.Invariant($"file and directory took {clock.GetElapsedTime(began).TotalMilliseconds:0.0} ms"));
    }
}
