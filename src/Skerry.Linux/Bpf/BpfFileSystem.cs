using Skerry.Linux.Mounts;

namespace Skerry.Linux.Bpf;

/// <summary>A file system of one's own in which programs and maps are pinned: what is pinned there stays when who made it is gone, until its name is removed.</summary>
/// <remarks>Names in it have no dots; the kernel keeps those for itself (kernel/bpf/inode.c, bpf_lookup).</remarks>
public static class BpfFileSystem
{
    /// <summary>Mounts it where it is not mounted yet.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static void Mount(string directory)
    {
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (!IsMounted(directory))
        {
            MountTable.Mount("bpf", directory, "bpf", MountTable.Options.NoSetuid | MountTable.Options.NoDevices | MountTable.Options.NoExec, "mode=700");
            MountTable.SetPropagation(directory, Propagation.Private, recursive: false);
        }
    }

    /// <summary>Removes everything that is pinned below it, whoever has a copy of the mount, and the mount. No error where there is none.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static void Unmount(string directory)
    {
        while (IsMounted(directory))
        {
            foreach (var generation in Directory.EnumerateDirectories(directory).ToList())
            {
                Directory.Delete(generation, recursive: true);
            }

            MountTable.Detach(directory);
        }

        if (Directory.Exists(directory))
        {
            Directory.Delete(directory);
        }
    }

    /// <summary>Whether it is there.</summary>
    public static bool IsMounted(string directory) =>
        File.ReadLines("/proc/self/mountinfo").Select(static line => line.Split(' '))
            .Any(fields => Array.IndexOf(fields, "-", 6) is > 0 and var dash && fields[dash + 1] == "bpf" && fields[4].Replace("\\040", " ", StringComparison.Ordinal) == directory);
}
