using Skerry.Contracts.Node.V1;
using Skerry.Node.Isolation.Cgroups;
using Skerry.Node.Isolation.Spec;
using Skerry.Oci.Manifests;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>
/// What jails of the microVM tier stand on, and the one form that their plans have: no capability but those that are named, a root that cannot be written, the node's
/// own filter whatever the container in the guest asked for, and nothing of the machine but what is named.
/// </summary>
internal sealed record JailGround
{
    private static readonly TimeSpan CgroupPatience = TimeSpan.FromSeconds(2);

    /// <summary>Control groups of this node.</summary>
    public required PodCgroups Cgroups { get; init; }

    /// <summary>Which runtime reads the plans.</summary>
    public required RuntimeKind Runtime { get; init; }

    /// <summary>Whether it can install a device filter here.</summary>
    public required bool DeviceCgroup { get; init; }

    /// <summary>The node's filter.</summary>
    public required Func<ContainerSpec, SeccompPlan?> Seccomp { get; init; }

    /// <summary>Removes the groups of a jail that was ended; its processes may need a moment to be gone.</summary>
    internal async Task RemoveCgroups(string podId, string id)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!Cgroups.Remove(podId, id) && TimeProvider.System.GetElapsedTime(began) < CgroupPatience)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System).ConfigureAwait(false);
        }
    }

    /// <summary>The plan of a jail.</summary>
    /// <param name="id">The container on the node.</param>
    /// <param name="podId">Its pod.</param>
    /// <param name="rootfs">Where its root is mounted.</param>
    /// <param name="ids">The pod's ids.</param>
    /// <param name="jail">What runs in it, and with what.</param>
    internal ContainerPlan Plan(string id, string podId, string rootfs, IdRange? ids, Jail jail)
    {
        var spec = new ContainerSpec
        {
            Name = jail.Name,
            ReadOnlyRootfs = true,
            Tty = jail.Terminal,
            Stdin = jail.Stdin,
            Resources = new Resources { MemoryBytes = jail.MemoryBytes, Pids = jail.Pids, CpuMillis = jail.CpuMillis },
        };
        spec.CapDrop.Add("ALL");
        spec.CapAdd.AddRange(jail.Capabilities);
        return new ContainerPlan
        {
            Id = id,
            PodId = podId,
            Pod = new PodSpec { Name = jail.Name, Hostname = jail.Name },
            Spec = spec,
            Image = new ImageProcess { Entrypoint = jail.Arguments },
            RootfsPath = rootfs,
            Users = ids,
            CgroupsPath = Cgroups.ContainerPath(podId, id),
            Cgroup = Cgroups.SeenByRuntime,
            Runtime = Runtime,
            Namespaces = jail.Namespaces,
            Mounts = jail.Mounts,
            Seccomp = Seccomp(spec),
            Limits = HostLimits.Read(),
            SwapAccounting = Cgroups.HasSwapAccounting,
            DeviceCgroup = DeviceCgroup,
            TerminalSize = jail.TerminalSize,
        };
    }
}
