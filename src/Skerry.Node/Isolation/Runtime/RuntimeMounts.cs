using Skerry.Linux.Mounts;

namespace Skerry.Node.Isolation.Runtime;

/// <summary>What a runtime sees otherwise than the node: made in the mount namespace of a thread from which runtimes are started.</summary>
/// <remarks>
/// <c>/dev/null</c> is on a mount that is read-only. crun gives the standard streams of a container to its first user (fchown(2)), and a monitor opens <c>/dev/null</c> where there is no input:
/// without this the device of the whole machine would belong to a container, which could take it away from everybody (chmod(2)). On such a mount neither is possible, crun bears it (EROFS), and
/// writing to the device is.
/// </remarks>
internal static class RuntimeMounts
{
    private const string Null = "/dev/null";

    /// <summary>Makes them for the calling thread.</summary>
    /// <param name="hidden">A cgroup v2 mount point to cover with an empty tmpfs, or null.</param>
    internal static void Make(string? hidden)
    {
        MountTable.Bind(Null, Null);
        MountTable.MakeReadOnly(Null, MountTable.Options.NoSetuid | MountTable.Options.NoExec);
        if (hidden is not null)
        {
            MountTable.Mount("none", hidden, "tmpfs", MountTable.Options.NoSetuid | MountTable.Options.NoDevices | MountTable.Options.NoExec, "size=8m,mode=0755");
        }
    }
}
