using Skerry.Contracts.Node.V1;

namespace Skerry.Node.Isolation.Spec;

/// <summary>
/// What a container may mount, and where. A bind mount is refused when it would hand over the node itself: the node's
/// own directories (journal, keys, content, sockets) and every directory above them, the kernel's file systems
/// (/proc, /sys, /dev: their files are controls, not data) and the control sockets of other container engines. Read-only
/// does not help: the store holds secrets, and a socket works through a read-only mount.
/// </summary>
internal sealed class MountRules
{
    /// <summary>Size of a tmpfs that names none: the kernel's own default is half of the machine's memory.</summary>
    public const long DefaultTmpfsBytes = 64 << 20;

    private static readonly string[] KernelTrees = ["/proc", "/sys", "/dev"];

    // Root-equivalent control sockets, where Debian's and upstream's packages put them.
    private static readonly string[] ControlSockets =
    [
        "/run/docker.sock", "/run/docker", "/run/containerd", "/run/podman", "/run/crio", "/run/cri-dockerd.sock",
        "/run/dbus/system_bus_socket", "/run/systemd/private", "/run/udev/control",
    ];

    // Written by the runtime or the kernel: an image or a mount must not stand in for them (CVE-2019-16884, 2025-31133).
    private static readonly string[] ReservedTrees = ["/proc", "/sys"];
    private static readonly string[] ReservedPaths =
    [
        "/", "/dev", "/dev/pts", "/dev/ptmx", "/dev/mqueue", "/dev/console", "/dev/null", "/dev/zero", "/dev/full",
        "/dev/tty", "/dev/random", "/dev/urandom", "/dev/fd", "/dev/stdin", "/dev/stdout", "/dev/stderr",
        ProcessPlan.InitDestination,
    ];

    private static readonly string[] Propagations = ["private", "rprivate", "slave", "rslave", "shared", "rshared"];

    private readonly string[] _private;
    private readonly string _volumes;

    /// <param name="nodeDirectories">The node's root, run and config directories.</param>
    /// <param name="volumes">Directory of named volumes, each in <c>NAME/data</c>.</param>
    public MountRules(IEnumerable<string> nodeDirectories, string volumes)
    {
        _private = [.. nodeDirectories.Select(d => HostPath.Resolve(d) ?? d).Concat(ControlSockets.Select(s => HostPath.Resolve(s) ?? s))];
        _volumes = volumes;
    }

    /// <summary>The container's mounts, checked and in the order in which they must be made (parents first).</summary>
    /// <exception cref="SpecRefusedException">One of them cannot be granted.</exception>
    public IReadOnlyList<MountPlan> Plan(ContainerSpec spec, bool hostUsers)
    {
        if (spec.Mounts.Count == 0)
            return [];
        List<MountPlan> plans = [];
        foreach (var mount in spec.Mounts)
        {
            var plan = One(mount, spec, hostUsers);
            if (plans.Any(p => p.Destination == plan.Destination))
                throw new SpecRefusedException("mounts", $"{plan.Destination} is mounted twice", "mount one thing there");
            plans.Add(plan);
        }

        return [.. plans.OrderBy(p => p.Destination.Count(c => c == '/'))];
    }

    private MountPlan One(Mount mount, ContainerSpec spec, bool hostUsers)
    {
        var destination = ContainerPath.Clean("mounts", mount.Destination);
        if (ReservedPaths.Contains(destination, StringComparer.Ordinal) || ReservedTrees.Any(t => ContainerPath.IsWithin(destination, t)))
            throw new SpecRefusedException("mounts", $"{destination} belongs to the runtime", "mount it elsewhere; for a device use devices");

        var propagation = mount.Propagation.Length == 0 ? "rprivate" : mount.Propagation;
        if (!Propagations.Contains(propagation, StringComparer.Ordinal))
            throw new SpecRefusedException("mounts", $"\"{propagation}\" is not a propagation", "use one of " + string.Join(", ", Propagations));
        if (propagation is "shared" or "rshared"
            && !(hostUsers && Capabilities.Compute(spec.CapAdd, spec.CapDrop).Contains("CAP_SYS_ADMIN", StringComparer.Ordinal)))
            throw new SpecRefusedException("mounts", $"{destination} asks for {propagation}: mounts made inside would appear on the machine", "use rslave, or host_users with cap_add SYS_ADMIN if the container is part of the machine");

        return mount.Type switch
        {
            Mount.Types.Type.Tmpfs => Tmpfs(mount, destination),
            Mount.Types.Type.Volume => Volume(mount, destination, propagation),
            Mount.Types.Type.Bind => Bind(mount, destination, propagation),
            _ => throw new SpecRefusedException("mounts", $"type {(int)mount.Type} of {destination} is not known", "use BIND, TMPFS or VOLUME"),
        };
    }

    private static MountPlan Tmpfs(Mount mount, string destination)
    {
        if (mount.Source.Length > 0)
            throw new SpecRefusedException("mounts", $"the tmpfs at {destination} has a source", "leave the source out");
        if (mount.SizeBytes < 0)
            throw new SpecRefusedException("mounts", $"the tmpfs at {destination} has size {mount.SizeBytes}", "give a size in bytes, or 0 for 64 MiB");
        if (mount.Mode > 0xFFF)
            throw new SpecRefusedException("mounts", $"the tmpfs at {destination} has mode 0{Convert.ToString(mount.Mode, 8)}", "give permission bits only");
        return new()
        {
            Destination = destination,
            IsDirectory = true,
            ReadOnly = mount.ReadOnly,
            SizeBytes = mount.SizeBytes == 0 ? DefaultTmpfsBytes : mount.SizeBytes,
            Mode = mount.Mode == 0 ? 0x3FFu : mount.Mode,
        };
    }

    private MountPlan Volume(Mount mount, string destination, string propagation)
    {
        if (mount.Source.Length is 0 or > 128 || !mount.Source.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') || mount.Source[0] == '.')
            throw new SpecRefusedException("mounts", $"\"{mount.Source}\" is not a volume name", "use letters, digits, -, _ and . (not first), at most 128");
        return new()
        {
            Source = Path.Combine(_volumes, mount.Source, "data"),
            Destination = destination,
            IsDirectory = true,
            ReadOnly = mount.ReadOnly,
            Propagation = propagation,
            IsVolume = true,
        };
    }

    private MountPlan Bind(Mount mount, string destination, string propagation)
    {
        var written = ContainerPath.Clean("mounts", mount.Source);
        var source = HostPath.Resolve(written)
            ?? throw new SpecRefusedException("mounts", $"{written} does not exist on the node", "make it first");
        var named = source == written ? source : $"{written} (which is {source})";

        if (source == "/")
            throw new SpecRefusedException("mounts", $"{named} is the whole machine", "mount the directory that is needed");
        if (KernelTrees.FirstOrDefault(t => ContainerPath.IsWithin(source, t)) is { } tree)
            throw new SpecRefusedException("mounts", $"{named} is in {tree}, the kernel's controls", "for a device use devices; for what a container may see of /proc and /sys nothing is needed");
        foreach (var own in _private)
        {
            if (ContainerPath.IsWithin(source, own))
                throw new SpecRefusedException("mounts", $"{named} is in {own}, which controls this machine's containers", "use a directory of its own, or a named volume");
            if (ContainerPath.IsWithin(own, source) && Path.Exists(own))
                throw new SpecRefusedException("mounts", $"{named} holds {own}, which controls this machine's containers", "mount the directory that is needed, not one above it");
        }

        return new()
        {
            Source = source,
            Destination = destination,
            IsDirectory = Directory.Exists(source),
            IsGiven = true,
            ReadOnly = mount.ReadOnly,
            Propagation = propagation,
        };
    }
}
