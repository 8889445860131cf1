using System.Globalization;
using System.Text.Json;

namespace Skerry.Node.Isolation.Spec;

/// <summary>
/// The <c>mounts</c> of a spec: the kernel's file systems first (each a fresh instance, so that no image content is ever
/// beneath a masked path or a device), then the plan's own in order.
/// </summary>
internal static class MountWriter
{
    internal static void Write(Utf8JsonWriter json, ContainerPlan plan)
    {
        json.WriteStartArray("mounts"u8);
        json.WriteMount("/proc", "proc", "proc", "nosuid", "noexec", "nodev");
        json.WriteMount("/dev", "tmpfs", "tmpfs", "nosuid", "noexec", "strictatime", "mode=755", "size=65536k");
        json.WriteMount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", plan.Users is null || plan.Users.Value.Holds(5) ? "gid=5" : "");
        json.WriteMount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k");
        if (MayMountMqueue(plan))
            json.WriteMount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev");
        WriteSysfs(json, plan);
        json.WriteMount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro");

        foreach (var mount in plan.Mounts)
            WriteOwn(json, mount, plan.Runtime);
        if (plan.Spec.Init)
            json.WriteMount(ProcessPlan.InitDestination, "bind", plan.InitPath!, "bind", "ro", "nosuid", "nodev");
        json.WriteEndArray();
    }

    /// <summary>mqueue asks for CAP_SYS_ADMIN over the owner of the IPC namespace (ipc/mqueue.c mqueue_get_tree).</summary>
    private static bool MayMountMqueue(ContainerPlan plan) =>
        plan.Users is null || plan.Namespaces.Ipc is null || plan.Namespaces is { IpcOwnedByPod: true, User: not null };

    private static void WriteSysfs(Utf8JsonWriter json, ContainerPlan plan)
    {
        var names = plan.Namespaces;
        var mayMount = plan.Users is null || plan.Runtime == RuntimeKind.Runsc || (!names.HostNetwork && (names.Network is null || names is { NetworkOwnedByPod: true, User: not null }));
        if (mayMount)
            json.WriteMount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro");
        else
            json.WriteMount("/sys", "bind", plan.SysfsSource ?? "/sys", "rbind", "rprivate", "nosuid", "noexec", "nodev", "ro", "rro");
    }

    private static void WriteOwn(Utf8JsonWriter json, MountPlan mount, RuntimeKind runtime)
    {
        var noexec = mount.NoExec ? "noexec" : "";
        if (mount.Source is null)
        {
            json.WriteMount(
                mount.Destination,
                "tmpfs",
                "tmpfs",
                "nosuid",
                "nodev",
                noexec,
                mount.ReadOnly ? "ro" : "rw",
                "mode=" + Convert.ToString(mount.Mode, 8),
                "size=" + mount.SizeBytes.ToString(CultureInfo.InvariantCulture));
            return;
        }

        // A plain "ro" leaves what is mounted below a directory writable; "rro" is mount_setattr(2) with AT_RECURSIVE. runsc does not know it
        // and does not need it: its kernel has the directory and all below it as one mount.
        json.WriteMount(
            mount.Destination,
            "bind",
            mount.Source,
            mount.IsDirectory ? "rbind" : "bind",
            mount.Propagation,
            "nosuid",
            mount.IsDevice ? "" : "nodev",
            noexec,
            mount.ReadOnly ? "ro" : "rw",
            mount.ReadOnly && mount.IsDirectory && runtime != RuntimeKind.Runsc ? "rro" : "");
    }
}
