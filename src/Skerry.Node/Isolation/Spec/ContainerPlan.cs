using Skerry.Contracts.Node.V1;
using Skerry.Oci.Manifests;

namespace Skerry.Node.Isolation.Spec;

/// <summary>
/// All that <see cref="OciSpec"/> needs to write one container's config.json. Computed before anything is made, and
/// immutable. What must hold: <see cref="User"/> was resolved inside <see cref="RootfsPath"/>, <see cref="Mounts"/>
/// passed <see cref="MountRules"/>, <see cref="Users"/> is this pod's alone.
/// </summary>
internal sealed record ContainerPlan
{
    /// <summary>Container id, 64 hex digits.</summary>
    public required string Id { get; init; }

    /// <summary>Pod id, 64 hex digits.</summary>
    public required string PodId { get; init; }

    /// <summary>The pod as it was asked for.</summary>
    public required PodSpec Pod { get; init; }

    /// <summary>The container as it was asked for.</summary>
    public required ContainerSpec Spec { get; init; }

    /// <summary>What the image says of its process. Untrusted; nothing else of an image, its labels least of all, reaches the spec.</summary>
    public required ImageProcess Image { get; init; }

    /// <summary>Absolute host path of the mounted root file system.</summary>
    public required string RootfsPath { get; init; }

    /// <summary>The pod's id range; null: the host's user namespace (<c>host_users</c>).</summary>
    public IdRange? Users { get; init; }

    /// <summary>Absolute cgroup path, the same in every hierarchy: <c>/skerry/INSTANCE/POD/CONTAINER</c>.</summary>
    public required string CgroupsPath { get; init; }

    /// <summary>How the runtime will see this machine's cgroups.</summary>
    public required CgroupMode Cgroup { get; init; }

    /// <summary>Which runtime will read the spec.</summary>
    public required RuntimeKind Runtime { get; init; }

    /// <summary>Namespaces to make or join.</summary>
    public NamespacePlan Namespaces { get; init; } = new();

    /// <summary>The process' user, from <see cref="UserResolver"/>.</summary>
    public ResolvedUser User { get; init; } = ResolvedUser.Root;

    /// <summary>Checked mounts: the spec's, from <see cref="MountRules.Plan"/>, then the node's own (resolv.conf, hosts, hostname).</summary>
    public IReadOnlyList<MountPlan> Mounts { get; init; } = [];

    /// <summary>Checked devices of the host, from <see cref="DeviceRules.Plan"/>.</summary>
    public IReadOnlyList<DevicePlan> Devices { get; init; } = [];

    /// <summary>Checked io limits, from <see cref="IoThrottle.Plan"/>.</summary>
    public IReadOnlyList<IoThrottle> Io { get; init; } = [];

    /// <summary>The filter; null: unconfined, which only an explicit <c>seccomp: unconfined</c> gives.</summary>
    public required SeccompPlan? Seccomp { get; init; }

    /// <summary>Host path of a static init binary for <c>init: true</c>; null when the node has none.</summary>
    public string? InitPath { get; init; }

    /// <summary>The first size of its terminal; null: not known.</summary>
    public TerminalSize? TerminalSize { get; init; }

    /// <summary>What the daemon may give.</summary>
    public HostLimits Limits { get; init; } = HostLimits.Unlimited;

    /// <summary>False where swap is not accounted (no memory.memsw.* or memory.swap.max): then no swap limit is written.</summary>
    public bool SwapAccounting { get; init; } = true;

    /// <summary>
    /// False where the runtime cannot install a device filter (v2 without CAP_SYS_RESOURCE or CAP_BPF). Only granted
    /// with a user namespace, in which no device node can be made.
    /// </summary>
    public bool DeviceCgroup { get; init; } = true;

    /// <summary>Processes when the spec sets no limit: a fork bomb must end in its own pod. A spec's -1 lifts it.</summary>
    public long DefaultPids { get; init; } = 8192;

    /// <summary>
    /// Host path of a sysfs that shows the pod's network namespace, bound read-only at /sys where the container may not
    /// mount one (see <see cref="NamespacePlan.NetworkOwnedByPod"/>); null: the host's own, read-only.
    /// </summary>
    public string? SysfsSource { get; init; }

    /// <summary>How many CPUs have a thermal_throttle directory to hide (they tell neighbours' load apart).</summary>
    public IReadOnlyList<string> ExtraMaskedPaths { get; init; } = [];
}
