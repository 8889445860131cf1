using Skerry.Contracts.Node.V1;
using Skerry.Linux.Files;
using Skerry.Node.Configuration;
using Skerry.Node.Isolation.Cgroups;
using Skerry.Node.Isolation.Spec;
using Skerry.Node.Pods;

namespace Skerry.Node.Reconcile;

/// <summary>Computes the plan of each container from what was asked for and what this machine can do.</summary>
internal sealed class PodPlanner
{
    private readonly MountRules _mounts;
    private readonly HostLimits _limits;
    private readonly PlannerOptions _options;
    private readonly IReadOnlyList<string> _masked = MaskedPaths.ThermalThrottle();

    internal PodPlanner(NodePaths paths, PlannerOptions options)
    {
        _options = options;
        _mounts = new MountRules([paths.Root, paths.Run], paths.Volumes);
        _limits = HostLimits.Read();
        Paths = paths;
    }

    /// <summary>Places.</summary>
    internal NodePaths Paths { get; }

    /// <summary>Which namespaces a pod's containers join; set by the networking when it made some.</summary>
    internal Func<PodState, NamespacePlan> NamespacesOf { get; set; } = static _ => new NamespacePlan();

    /// <summary>Files of the pod (resolv.conf, hosts, hostname) to be shown in its containers.</summary>
    internal Func<PodState, IReadOnlyList<MountPlan>> FilesOf { get; set; } = static _ => [];

    /// <summary>
    /// The plan of one container. Runs when its root file system is mounted at <paramref name="rootfs"/>: users are resolved there.
    /// </summary>
    /// <exception cref="SpecRefusedException">It asks for something that cannot be granted.</exception>
    internal ContainerPlan Plan(PodState pod, string id, ContainerSpec wanted, RunnableImage image, IdRange? users, string rootfs)
    {
        var hostUsers = users is null;
        var mounts = _mounts.Plan(wanted, hostUsers);
        foreach (var volume in mounts.Where(static m => m.IsVolume))
        {
            NamedVolume.Make(volume, rootfs, users);
        }

        var user = wanted.User.Length > 0 ? wanted.User : image.Process.User;
        return new ContainerPlan
        {
            Id = id,
            PodId = pod.Id,
            Pod = pod.Spec,
            Spec = wanted,
            Image = image.Process,
            RootfsPath = rootfs,
            Users = users,
            CgroupsPath = _options.Cgroups.ContainerPath(pod.Id, id),
            Cgroup = _options.Cgroups.SeenByRuntime,
            Runtime = _options.Runtime,
            Namespaces = NamespacesOf(pod),
            User = UserResolver.InRoot(rootfs).Resolve(user, wanted.SupplementalGroups),
            Mounts = [.. mounts, .. FilesOf(pod)],
            Devices = DeviceRules.Plan(wanted.Devices, Stat),
            Io = [.. wanted.Resources?.Io.Select(Throttle) ?? []],
            Seccomp = _options.Seccomp(wanted),
            Limits = _limits,
            DeviceCgroup = _options.DeviceCgroup,
            ExtraMaskedPaths = _masked,
            InitPath = wanted.Init ? Init() : null,
            SwapAccounting = _options.Cgroups.HasSwapAccounting,
        };
    }

    /// <summary>Control groups of this node.</summary>
    internal PodCgroups Cgroups => _options.Cgroups;

    /// <summary>The small init, looked for when one is asked for: it may be installed while the daemon runs.</summary>
    private string Init() => _options.Inits.FirstOrDefault(File.Exists) ?? throw new SpecRefusedException(
        "init",
        $"this node has no static init program: there is no {string.Join(" and no ", _options.Inits)}",
        "install one (apt-get install tini), or name it as init under [runtime] in skerry.toml, or leave --init out");

    /// <summary>The control group that the monitor of a container enters.</summary>
    internal MonitorGroup MonitorGroup(string podId, string containerId) => _options.Cgroups.MonitorGroup(podId, containerId);

    /// <summary>Whether the kernel killed it for memory: told by the monitor where it can, else by the cgroup's counter.</summary>
    internal bool WasOutOfMemory(string podId, string containerId, int? code) =>
        code == 137 && _options.Cgroups.OutOfMemoryKills(podId, containerId) > 0;

    /// <summary>Removes what is left of a container's control groups, or of its pod's.</summary>
    internal bool RemoveCgroups(string podId, string? containerId) => _options.Cgroups.Remove(podId, containerId);

    /// <summary>Removes control groups of this node that nobody owns.</summary>
    internal void SweepCgroups(IReadOnlySet<string> containers, IReadOnlySet<string> pods, Action<string> swept) =>
        _options.Cgroups.Sweep(containers, pods, swept);

    /// <summary>Removes the node's own control group, when it is empty.</summary>
    internal void RemoveOwnCgroups() => _options.Cgroups.RemoveOwn();

    private static DeviceRules.Node? Stat(string path) =>
        FileCalls.Status(null, path) is { Kind: FileKind.BlockDevice or FileKind.CharacterDevice } status
            ? new DeviceRules.Node(status.Kind == FileKind.BlockDevice, status.RawDevice.Major, status.RawDevice.Minor, status.Mode)
            : null;

    /// <summary>The block device that a limit names, or the one below the file it names.</summary>
    private static IoThrottle Throttle(IoLimit limit)
    {
        var status = FileCalls.Status(null, limit.Device)
            ?? throw new SpecRefusedException("io", $"{limit.Device} does not exist on the node", "name a block device, or a file on one");
        var (major, minor) = status.Kind == FileKind.BlockDevice ? status.RawDevice : status.FileSystem;
        return major == 0
            ? throw new SpecRefusedException("io", $"{limit.Device} is on no block device", "name the block device itself")
            : new IoThrottle(major, minor, limit.ReadBps, limit.WriteBps, limit.ReadIops, limit.WriteIops);
    }
}
