using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Sandbox;

/// <summary>
/// The places in a root file system that something is mounted on, made before it becomes read-only. The image's links are followed as in
/// a chroot: what it says never leads out.
/// </summary>
internal static class MountTargets
{
    private const uint DirectoryMode = 0x1ED; // 0755
    private const uint FileMode = 0x1A4; // 0644

    /// <summary>The kernel's file systems, which every container has.</summary>
    private static readonly string[] Kernel = ["/proc", "/dev", "/sys"];

    /// <summary>Makes what is not there.</summary>
    /// <param name="rootfs">The mounted root file system.</param>
    /// <param name="mounts">What is going to be mounted, beside /proc, /dev and /sys.</param>
    /// <exception cref="IsolationException">The image has something else in a target's place.</exception>
    internal static void Make(string rootfs, IEnumerable<MountPlan> mounts)
    {
        using var root = FileCalls.Open(null, rootfs, OpenFlags.Path | OpenFlags.Directory);
        foreach (var place in Kernel)
        {
            Make(root, place, isDirectory: true);
        }

        foreach (var mount in mounts.Where(static m => !Array.Exists(Kernel, k => ContainerPath.IsWithin(m.Destination, k))))
        {
            Make(root, mount.Destination, mount.Source is null || mount.IsDirectory || Directory.Exists(mount.Source));
        }
    }

    private static void Make(FileDescriptor root, string place, bool isDirectory)
    {
        var names = place.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < names.Length; i++)
        {
            var isLast = i == names.Length - 1;
            var path = string.Join('/', names[..(i + 1)]);
            var (found, error) = FileCalls.OpenInRoot(root, path, OpenFlags.Path);
            found?.Dispose();
            if (error == Errno.ENOENT)
            {
                using var parent = Opened(FileCalls.OpenInRoot(root, i == 0 ? "." : string.Join('/', names[..i]), OpenFlags.Path | OpenFlags.Directory), place);
                if (isLast && !isDirectory)
                {
                    FileCalls.MakeNode(parent, names[i], FileKind.Regular, FileMode);
                }
                else
                {
                    FileCalls.MakeDirectory(parent, names[i], DirectoryMode);
                }
            }
            else if (error != Errno.None)
            {
                throw LinuxException.Of("openat2", place, error);
            }
        }
    }

    private static FileDescriptor Opened((FileDescriptor? Opened, Errno Error) answer, string place) =>
        answer.Opened ?? throw LinuxException.Of("openat2", $"the directory of the mount {place}", answer.Error);
}
