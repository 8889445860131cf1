using Skerry.Linux.Mounts;
using Skerry.Linux.Namespaces;

namespace Skerry.Runtime.Cgroups;

/// <summary>
/// crun refuses a host with both cgroup versions in use ("cgroups in hybrid mode not supported"). In a mount namespace that only the
/// runtime beneath sees, an empty tmpfs covers the unified hierarchy, so that it finds plain version 1. Nothing changes on the
/// host, and every other mount keeps its propagation: a shared volume still is shared.
/// </summary>
internal static class UnifiedView
{
    /// <summary>Where systemd and others mount it on hybrid hosts.</summary>
    private const string Unified = "/sys/fs/cgroup/unified";

    /// <summary>Whether this host has the hybrid layout (mountinfo field 9 is the file system; proc_pid_mountinfo(5)).</summary>
    internal static bool IsHybrid() =>
        File.ReadLines("/proc/self/mountinfo").Any(line => line.Contains($" {Unified} ", StringComparison.Ordinal) && line.Contains(" - cgroup2 ", StringComparison.Ordinal));

    /// <summary>Enters the namespace, for this thread and what it starts or becomes.</summary>
    internal static void Enter()
    {
        // 1. a namespace of our own; 2. stop the one mount that is covered from telling its peers; 3. cover it. crun writes
        // cgroup.procs files below it, so it has some room.
        MountNamespace.Leave();
        MountTable.SetPropagation(Unified, Propagation.Private, recursive: false);
        MountTable.Mount("tmpfs", Unified, "tmpfs", MountTable.Options.NoSetuid | MountTable.Options.NoDevices | MountTable.Options.NoExec, "size=1m,mode=755");
    }
}
