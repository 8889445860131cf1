using Skerry.Contracts.Node.V1;
using Skerry.Node.Isolation.Jails;
using Skerry.Node.Isolation.Process;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Unikernel;

/// <summary>
/// Images that are kernels (described as urunc's are): the container on the node is a jail whose program is a monitor, QEMU above all, and the
/// kernel, its RAM disk and its disk are files of the image that the jail is shown read-only. No agent is in the guest: its console is the
/// container's streams. What must hold: no file system of an image is mounted by the node's kernel but its unpacked layers, and no text of an
/// image reaches a command line but as the one line that its own kernel is told.
/// </summary>
internal sealed class UnikernelTier : Tier
{
    internal const string TierName = "unikernel";

    /// <summary>A guest's memory when no limit is asked for, and the least that may be.</summary>
    private const long UsualMemory = 128L << 20;
    private const long LeastMemory = 8L << 20;

    private const long Mebibyte = 1L << 20;

    private const string Reset = "the guest's machine was reset, and not switched off: so ends a kernel that crashes, or has too little memory to begin";

    /// <summary>Threads of a monitor, for its disks and processors.</summary>
    private const long OwnThreads = 128;

    private readonly Func<IReadOnlyList<GuestMonitor>> _find;
    private volatile IReadOnlyList<GuestMonitor> _monitors;
    private readonly JailRoots _jails;
    private readonly Func<ContainerSpec, SeccompPlan?> _seccomp;

    /// <param name="isolator">Of the process tier: a jail is a container of it.</param>
    /// <param name="jails">Roots of monitors.</param>
    /// <param name="find">Looks for the monitors that this node may have; the first that works is what the tier says of itself.</param>
    /// <param name="places">Where they are looked for, and the devices that they use.</param>
    /// <param name="seccomp">Filters of jails.</param>
    internal UnikernelTier(ProcessIsolator isolator, JailRoots jails, Func<IReadOnlyList<GuestMonitor>> find, IReadOnlyList<string> places, Func<ContainerSpec, SeccompPlan?> seccomp)
    {
        (Isolator, _jails, _find, _seccomp) = (isolator, jails, find, seccomp);
        StandsOn = places;
        _monitors = find();
    }

    internal override string Name => TierName;

    internal override ProcessIsolator Isolator { get; }

    internal override bool ReadsImages => true;

    internal override Task<TierVerdict> Tried => Try();

    internal override IReadOnlyList<string> StandsOn { get; }

    internal override void Forget() => _monitors = _find();

    internal override bool Claims(TierImage image) => IsKernel(image);

    /// <summary>Whether an image says that it is a kernel.</summary>
    internal static bool IsKernel(TierImage image) =>
        UnikernelAnnotations.Describe(image.ReadAnnotations()) || UnikernelAnnotations.Describe(image.Process.Labels);

    internal override string UpdateRefusal => "a guest's memory and processors are fixed when it starts; run it again with others";

    internal override string CopyRefusal(bool isAlive) => "is a kernel of its own, whose files are in its memory and not on the node";

    internal override ExecPlan PlanExec(ContainerProcesses container, ExecStart asked) =>
        throw new SpecRefusedException("exec", "a unikernel is one program with its kernel: there is no second one to start in it", "build what you need into the image, or use another --tier");

    /// <summary>Refuses what has no meaning for a kernel without an agent.</summary>
    internal override void Check(PodSpec pod)
    {
        const string Else = "leave it out, or use another --tier";
        var container = pod.Containers[0];
        (bool Asked, string Field, string Why)[] rules =
        [
            (pod.Containers.Count > 1, "containers", "a unikernel pod is one kernel"),
            (pod.HostUsers, "host_users", "the monitor always has user ids of its own"),
            (pod.Network == "host", "network", "a guest has a network card, and not the node's network"),
            (pod.Sysctls.Count > 0, "sysctls", "they are of the node's kernel, and the guest has its own"),
            (container.Mounts.Count > 0, "mounts", "a guest sees no files of the node; pack them into its RAM disk or block image"),
            (container.Devices.Count > 0, "devices", "a guest has no devices of the node"),
            (container.Init, "init", "a kernel has its own first program"),
            (container.User.Length > 0, "user", "users are the guest's own"),
            (container.WorkingDir.Length > 0, "working_dir", "directories are the guest's own"),
            (container.CapAdd.Count > 0, "cap_add", "the monitor gets no capability"),
            (container.Seccomp.Length > 0, "seccomp", "the monitor's filter is not chosen by whoever runs the image"),
            (container.Rlimits.Count > 0, "rlimits", "they are of the node's kernel, and the guest has its own"),
        ];
        foreach (var (asked, field, why) in rules)
        {
            if (asked)
            {
                throw new SpecRefusedException(field, why, Else);
            }
        }

        if (container.Resources is { MemoryBytes: > 0 and < LeastMemory } resources)
        {
            throw new SpecRefusedException("memory", $"{resources.MemoryBytes} bytes are less than {LeastMemory}", "give the guest more");
        }
    }

    /// <summary>
    /// The jail of a guest.
    /// <list type="number">
    /// <item>Read what the image says of itself, and find its files in its layers.</item>
    /// <item>Find the monitor that it asks for.</item>
    /// <item>Lay the cable to the pod's network.</item>
    /// <item>Compute what the guest is told and gets.</item>
    /// <item>Compute the jail around it.</item>
    /// </list>
    /// </summary>
    internal override async Task<TierJail?> Jail(TierPod pod, TierContainer container, InnerPlan inner)
    {
        // 1. image
        ContainerPlan? plan = null;
        UnikernelImage? image = null;
        List<MountPlan> files = [];
        var needs = 0L;
        await inner(container, mounted =>
        {
            plan = mounted;
            image = UnikernelAnnotations.Read(Annotations(container.Image, mounted.RootfsPath));
            Show(GuestPlan.Kernel, image.Kernel, "kernel");
            needs = LinuxKernel.Needs(files[0].Source!);
            Show(GuestPlan.Initrd, image.Initrd, "initrd");
            needs += needs > 0 && image.Initrd is not null ? new FileInfo(files[1].Source!).Length : 0;
            Show(GuestPlan.Block, image.Block, "block image");

            void Show(string destination, string? path, string what)
            {
                if (path is not null)
                {
                    files.Add(MountPlan.NodeFile(GuestFile.Find(mounted.RootfsPath, container.Image.Layers, path, what), destination, readOnly: true));
                }
            }
        }).ConfigureAwait(false);

        // 2. monitor
        var monitor = await Monitor(image!.Monitor).ConfigureAwait(false);
        var first = pod.Ids?.HostStart ?? throw new IsolationException("a unikernel needs user ids of its own for its monitor");

        // 3. network
        var network = pod.Network is { } path && pod.Interface.Length > 0 ? await GuestLink.Make(path, first, pod.Interface).ConfigureAwait(false) : null;

        // 4. guest
        var asked = container.Spec.Resources ?? new();
        var memory = (asked.MemoryBytes > 0 ? asked.MemoryBytes : UsualMemory) >> 20;
        if (memory << 20 < needs)
        {
            throw new SpecRefusedException("memory", $"the guest has {memory} MiB, and its kernel with its RAM disk takes {(needs + Mebibyte - 1) >> 20} MiB as it starts", "give the guest more");
        }

        var guest = new GuestPlan
        {
            Kind = image.Kind,
            CommandLine = GuestCommandLine.Write(
                image.Kind, Command(container, image), network, OciSpec.Hostname(plan!), NameServers(pod), image.Initrd is not null, image.BlockMountPoint, monitor.KernelWords),
            MemoryMiB = memory,
            Processors = (int)Math.Clamp((asked.CpuMillis + 999) / 1000, 1, Environment.ProcessorCount),
            HasInitrd = image.Initrd is not null,
            HasBlock = image.Block is not null,
            NetworkName = image.NetworkName,
            Network = network,
        };

        // 5. jail
        var root = await Task.Run(() => _jails.Ensure(monitor.Program)).ConfigureAwait(false);
        foreach (var (destination, content) in monitor.Files(guest))
        {
            var file = Path.Combine(container.Bundle, Path.GetFileName(destination));
            await File.WriteAllBytesAsync(file, content).ConfigureAwait(false);
            files.Add(MountPlan.NodeFile(file, destination, readOnly: true));
        }

        Directory.CreateDirectory(container.Bundle);
        if (monitor.Events(container.Bundle, pod.Ids) is { } events)
        {
            files.Add(events);
        }

        var spec = Carrier(container.Spec, monitor, guest, root.Program);
        return new TierJail
        {
            Layers = [root.Directory],
            Plan = rootfs =>
            {
                JailRoots.Mark(container.Bundle, root);
                var devices = monitor.Devices(guest);
                JailDevices.Show(Isolator.CommonDirectory, first, devices);
                return (plan! with
                {
                    Spec = spec,
                    Image = new(),
                    RootfsPath = rootfs,
                    User = ResolvedUser.Root,
                    Mounts = files,
                    Devices = [],
                    Seccomp = _seccomp(spec),
                    InitPath = null,
                }).With(Isolator.CommonDirectory, devices);
            },
        };
    }

    /// <summary>A guest's own code where it told one; what is on its console when its kernel gave up; and a reset, where that is no end.</summary>
    internal override TierExit Ended(string bundle, string log, int code)
    {
        var name = JailRoots.MarkOf(bundle);
        var monitor = _monitors.FirstOrDefault(m => name?.StartsWith(m.JailName + "-", StringComparison.Ordinal) == true);
        return code != 0 ? new TierExit(monitor?.GuestCode(code) ?? code)
            : GuestConsole.Panic(log) is { } last ? new TierExit(GuestConsole.PanicCode, $"the guest's kernel panicked: {last}")
            : monitor?.WasReset(bundle) == true ? new TierExit(GuestConsole.PanicCode, Reset)
            : new TierExit(0);
    }

    private static IReadOnlyDictionary<string, string> Annotations(TierImage image, string rootfs)
    {
        if (image.ReadAnnotations() is var annotations && UnikernelAnnotations.Describe(annotations))
        {
            return annotations;
        }

        if (UnikernelAnnotations.Describe(image.Process.Labels))
        {
            return image.Process.Labels;
        }

        return GuestFile.Read(rootfs, UnikernelAnnotations.File, UnikernelAnnotations.MostBytes) is { } json
            ? UnikernelAnnotations.ReadFile(json)
            : throw new SpecRefusedException(
                "image",
                $"it is no unikernel: neither its manifest nor its configuration has annotations {UnikernelAnnotations.Prefix}*, and there is no {UnikernelAnnotations.File} of at most {UnikernelAnnotations.MostBytes} bytes in it",
                "build it with urunc's annotations (samples/unikernel), or use another --tier");
    }

    /// <summary>What was asked for, else what the image's annotation says, else its process.</summary>
    private static IReadOnlyList<string> Command(TierContainer container, UnikernelImage image)
    {
        var spec = container.Spec;
        if (spec.Env.Count > 0 && image.Kind != UnikernelKind.Linux)
        {
            throw new SpecRefusedException("env", "only a Linux kernel hands variables on to its program", "give it as an argument");
        }

        IReadOnlyList<string> words = spec.Entrypoint.Count + spec.Args.Count > 0 ? [.. spec.Entrypoint, .. spec.Args]
            : image.Command.Length > 0 ? image.Command.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            : [.. container.Image.Process.Entrypoint, .. container.Image.Process.Cmd];
        return [.. spec.Env, .. words];
    }

    /// <summary>Name servers of the pod's resolv.conf.</summary>
    private static IReadOnlyList<string> NameServers(TierPod pod)
    {
        var file = Path.Combine(pod.Directory, "resolv.conf");
        return File.Exists(file)
            ? [.. File.ReadLines(file).Where(static l => l.StartsWith("nameserver ", StringComparison.Ordinal)).Select(static l => l[11..].Trim()).Take(3)]
            : [];
    }

    private static ContainerSpec Carrier(ContainerSpec asked, GuestMonitor monitor, GuestPlan guest, string program)
    {
        var resources = asked.Resources?.Clone() ?? new Resources();
        resources.MemoryBytes = (guest.MemoryMiB << 20) + monitor.Overhead;
        resources.MemorySwapBytes = 0;
        resources.Pids = OwnThreads;
        return new ContainerSpec
        {
            Name = asked.Name,
            Image = asked.Image,
            Entrypoint = { program },
            Args = { monitor.Arguments(guest) },
            Env = { monitor.Environment },
            CapDrop = { "ALL" },
            Tty = asked.Tty,
            Stdin = asked.Stdin,
            ReadOnlyRootfs = !guest.HasBlock,
            Resources = resources,
            OomScoreAdj = asked.OomScoreAdj,
        };
    }

    /// <summary>The first monitor's word, or of the first that works: an image says itself which it is for.</summary>
    private async Task<TierVerdict> Try()
    {
        foreach (var monitor in _monitors)
        {
            if (await monitor.Tried.ConfigureAwait(false) is { Works: true } works)
            {
                return works;
            }
        }

        return await _monitors[0].Tried.ConfigureAwait(false);
    }

    private async Task<GuestMonitor> Monitor(MonitorKind kind)
    {
        var monitor = _monitors.FirstOrDefault(m => m.Kind == kind) ?? throw new SpecRefusedException(
            "image",
            $"it is made for {kind}, and this version runs {string.Join(", ", _monitors.Select(static m => m.Name))}",
            "build it for one of those");
        var verdict = await monitor.Tried.ConfigureAwait(false);
        return verdict.Works ? monitor : throw new IsolationException(verdict.Next.Length > 0 ? $"{verdict.Reason}; {verdict.Next}" : verdict.Reason);
    }
}
