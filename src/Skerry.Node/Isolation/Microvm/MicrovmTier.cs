using Skerry.Contracts.Journal.V1;
using Skerry.Contracts.Node.V1;
using Skerry.Linux.Processes;
using Skerry.Node.Configuration;
using Skerry.Node.Isolation.Process;
using Skerry.Node.Isolation.Spec;
using Guest = Skerry.Contracts.Guest.V1;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>
/// A pod is a virtual machine with a kernel of its own. On the node it is jails of the process tier: one that holds the machine, and one for
/// each container that carries it, so that streams, exit codes, adoption and sweeping are those of the process tier. What must hold: nothing
/// of an image runs on the node, and everything that the guest says is bounded.
/// </summary>
internal sealed class MicrovmTier : Tier
{
    internal const string TierName = "microvm";

    private readonly NodePaths _paths;
    private readonly Machines _machines;
    private readonly Carriers _carriers;
    private readonly LayerDisks _layers;
    private readonly WritableDisks _writable;
    private readonly MicrovmOptions _options;
    private readonly IReadOnlyList<string> _ground;
    private readonly MicrovmTrial _trial;
    private readonly MachineUpdate _update;
    private volatile Lazy<Task<(MachineChoices? Choices, TierVerdict Verdict)>> _tried;

    internal MicrovmTier(
        ProcessIsolator isolator, NodePaths paths, Machines machines, Carriers carriers, LayerDisks layers, WritableDisks writable, MicrovmTrial trial, MachineUpdate update, MicrovmOptions options)
    {
        Isolator = isolator;
        _paths = paths;
        _machines = machines;
        _carriers = carriers;
        _layers = layers;
        _writable = writable;
        _options = options;
        _trial = trial;
        _update = update;
        _tried = new(() => Task.Run(trial.Try));
        _ground = ["/dev/kvm", .. GuestFiles.Places(options)];
    }

    internal override string Name => TierName;

    internal override ProcessIsolator Isolator { get; }

    internal override bool ReadsImages => true;

    internal override Task<TierVerdict> Tried => Verdict();

    internal override (int Count, ulong Bytes)? Waiting => _machines.Waiting;

    internal override IReadOnlyList<string> StandsOn => _ground;

    internal override void Forget() => _tried = new(() => Task.Run(_trial.Try));

    internal override void Check(PodSpec pod)
    {
        const string Else = "leave it out, or use --tier process";
        _ = MachineAnnotations.Apply(pod, _options);
        if (pod.HostUsers)
        {
            throw new SpecRefusedException("host_users", "a microVM always has user ids of its own", Else);
        }

        if (pod.Network == "host")
        {
            throw new SpecRefusedException("network", "a microVM has a network stack of its own and cannot use the node's", "use --network bridge, or --tier process");
        }

        if (pod.Containers.Count >= MachineDisks.Most)
        {
            throw new SpecRefusedException("containers", $"a microVM has room for the disks of {MachineDisks.Most - 1} containers, and the pod has {pod.Containers.Count}", "make several pods of it, or use --tier process");
        }

        _ = WritableDisks.Asked(pod);
        foreach (var container in pod.Containers)
        {
            if (container.Devices.Count > 0)
            {
                throw new SpecRefusedException("devices", "a microVM has none of the node's devices", Else);
            }

            if (container.Init)
            {
                throw new SpecRefusedException("init", "the node's init program is not in a microVM", "leave --init out: the guest reaps orphans of its containers, or bring an init in the image");
            }

            if (container.Mounts.FirstOrDefault(static m => m.Type != Mount.Types.Type.Tmpfs) is not null)
            {
                CheckVolumes(container);
            }

            if (container.Resources is { CpusetCpus.Length: > 0 })
            {
                throw new SpecRefusedException("resources.cpuset_cpus", "the processors of a microVM are its own, and none of the node's", "give it a limit of processors (--cpus), or use --tier process");
            }

            if (container.Resources is { MemorySwapBytes: not 0 })
            {
                throw new SpecRefusedException("memory_swap_bytes", "a microVM has no swap", Else);
            }

            if (container.Resources is { Io.Count: > 0 })
            {
                throw new SpecRefusedException("io", "limits of the node's block devices have no meaning in a microVM", Else);
            }
        }
    }

    private void CheckVolumes(ContainerSpec container)
    {
        if (_options.SharedFs == MicrovmOptions.NoSharedFs)
        {
            throw new SpecRefusedException("mounts", "this node shows no directories and volumes to microVMs (shared_fs)", "bring the files in the image, use --tmpfs, or use another tier");
        }

        if (!Vmm.Allowed(_options).Any(static v => v.HasVolumes))
        {
            throw new SpecRefusedException("mounts", "this node's microVMs are Firecracker's (hypervisor), which shows no directories and volumes of the node to a machine", "bring the files in the image, use --tmpfs, use another tier, or set hypervisor = \"auto\" under [microvm] in skerry.toml");
        }

        if (VolumeServers.Find(_options) is null)
        {
            throw new SpecRefusedException("mounts", "virtiofsd, which shows directories and volumes to microVMs, is not installed", "apt install qemu-system-common, or name it as virtio_fs_daemon under [microvm] in skerry.toml");
        }

        if (container.Mounts.FirstOrDefault(static m => m.Propagation is not ("" or "private" or "rprivate")) is { } mount)
        {
            throw new SpecRefusedException("mounts", $"{mount.Destination} asks for {mount.Propagation}: what the node mounts later does not come into a microVM", "leave the propagation out, or use --tier process");
        }
    }

    internal override async Task<TierJail?> Jail(TierPod pod, TierContainer container, InnerPlan inner)
    {
        var (choices, verdict) = await _tried.Value.ConfigureAwait(false);
        if (choices is null)
        {
            throw new IsolationException($"the microvm tier does not work on this machine: {verdict.Reason}");
        }

        var choice = choices.For(pod.Spec, Machines.IsAlive(pod) ? pod.Record.Machine : null);
        ContainerPlan? plan = null;
        await inner(container, found => plan = found).ConfigureAwait(false);
        var containers = pod.Containers;
        var images = await Layers(pod, choice.Vmm).ConfigureAwait(false);
        var writable = await Task.WhenAll(containers.Select(c => _writable.Ensure(pod, c))).ConfigureAwait(false);
        var volumes = Machines.IsAlive(pod) ? [] : await Volumes(pod, containers, plan!, inner).ConfigureAwait(false);
        await _machines.Ensure(choice, pod, plan!.Namespaces, new MachineDisks([.. images.Values.SelectMany(static d => d).Distinct()], writable), volumes).ConfigureAwait(false);
        var mine = writable[containers.Index().First(c => c.Item.Id == container.Id).Index];
        var start = GuestDocuments.Container(plan, images[container.Image.ManifestDigest], mine, pod.Directory);
        return _carriers.Jail(choice.Files, pod, container, plan, start);
    }

    internal override ExecPlan PlanExec(ContainerProcesses container, ExecStart asked) => _carriers.PlanExec(container.Id, _paths.Bundle(container.Id), asked);

    internal override Task Freeze(TierPod pod, string containerId, bool frozen)
    {
        var request = new Guest.FreezeRequest { Container = containerId, Frozen = frozen };
        return frozen
            ? GuestClient.CallWhenUp(MachinePaths.Of(pod), "Freeze", request, Guest.FreezeResponse.Parser)
            : GuestClient.Call(MachinePaths.Of(pod), "Freeze", request, Guest.FreezeResponse.Parser);
    }

    internal override async Task<ContainerStats?> Stats(TierPod pod, string containerId)
    {
        var said = await GuestClient.Call(MachinePaths.Of(pod), "Stats", new Guest.StatsRequest { Container = containerId }, Guest.StatsResponse.Parser).ConfigureAwait(false);
        return new ContainerStats
        {
            Id = containerId,
            CpuNanoseconds = said.CpuNanoseconds,
            CpuThrottledPeriods = said.CpuThrottledPeriods,
            MemoryBytes = said.MemoryBytes,
            MemoryLimitBytes = said.MemoryLimitBytes,
            MemoryPeakBytes = said.MemoryPeakBytes,
            Pids = said.Pids,
            PidsLimit = said.PidsLimit,
            IoReadBytes = said.IoReadBytes,
            IoWriteBytes = said.IoWriteBytes,
            NetworkRxBytes = said.NetworkRxBytes,
            NetworkTxBytes = said.NetworkTxBytes,
            OomKills = said.OomKills,
        };
    }

    internal override ulong IsolationMemory(TierPod pod, ProcessIdentity container, ulong used) =>
        _machines.Memory(pod) is var whole && whole > used ? whole - used : 0;

    internal override async Task<bool> Update(TierPod pod, string name, string id, Resources asked, Resources after)
    {
        await _update.Apply(pod, name, id, asked, after).ConfigureAwait(false);
        return true;
    }

    internal override string? CopyRefusal(bool isAlive) => isAlive
        ? "runs in a microVM, whose kernel keeps its files to itself"
        : "ran in a microVM, and what it wrote is on a disk that only its guest reads";

    internal override Task Begun(string bundle, Task ended, CancellationToken cancel) => _carriers.Begun(bundle, ended, cancel);

    internal override TierExit Ended(string bundle, string log, int code) => Carriers.Outcome(bundle) is { } outcome
        ? new TierExit(code, outcome.Reason.Length > 0 ? outcome.Reason : null) { OutOfMemory = outcome.OomKilled, NeverStarted = outcome.NeverStarted }
        : new TierExit(code);

    internal override async Task Rest(TierPod pod)
    {
        await _machines.Rest(pod).ConfigureAwait(false);
        await pod.Keep().ConfigureAwait(false);
    }

    internal override IReadOnlyList<string> Forget(IReadOnlyList<IReadOnlyList<string>> images) =>
        _layers.Sweep(images.SelectMany(static image => image.Select(static l => (IReadOnlyList<string>)[l]).Append(image)));

    internal override string? Breakdown(string bundle, int? code) =>
        base.Breakdown(bundle, code) ?? (Carriers.Outcome(bundle) is { IsBroken: true } outcome ? outcome.Reason : null);

    internal override Task End(TierPod pod) => _machines.End(pod);

    internal override Task Leave(TierPod pod) => _machines.Leave(pod);

    internal override Task Stop() => _machines.Stop();

    internal override bool Owns(PodRecord pod, string containerId) => Machines.IdOf(pod, pod.Pod.Id) == containerId || VolumeServers.IdOf(pod.Pod.Id) == containerId;

    /// <summary>The disks of each image of a pod, bottom first: a disk a layer, or one an image where there are too many layers for that.</summary>
    private async Task<Dictionary<string, List<LayerDisk>>> Layers(TierPod pod, Vmm vmm)
    {
        var room = MachineDisks.RoomForLayers(pod.Containers.Count, vmm.MostDisks);
        var images = pod.Containers.Select(static c => c.Image).DistinctBy(static i => i.ManifestDigest).ToList();
        var isWhole = images.SelectMany(static i => i.Layers).Distinct(StringComparer.Ordinal).Count() > room;
        if (isWhole && images.Count > room)
        {
            throw new IsolationException($"disks of a microVM: the pod has {images.Count} images; beside the disks of its containers there is room for {room}; make several pods of it");
        }

        var found = new Dictionary<string, List<LayerDisk>>(StringComparer.Ordinal);
        foreach (var image in images)
        {
            List<LayerDisk> disks = [];
            foreach (var layers in isWhole ? [image.Layers] : image.Layers.Select(static l => (IReadOnlyList<string>)[l]))
            {
                disks.Add(await _layers.Ensure(layers).ConfigureAwait(false));
            }

            found.Add(image.ManifestDigest, disks);
        }

        return found;
    }

    /// <summary>
    /// The volumes of all containers of a pod, each once. One container whose volumes are not there cannot be started, and is no reason why another
    /// cannot.
    /// </summary>
    private static async Task<IReadOnlyList<Volume>> Volumes(TierPod pod, IReadOnlyList<TierContainer> containers, ContainerPlan starting, InnerPlan inner)
    {
        List<Volume> volumes = [.. Volume.Of(starting, pod.Directory)];
        foreach (var container in containers.Where(c => c.Id != starting.Id && c.Spec.Mounts.Any(static m => m.Type != Mount.Types.Type.Tmpfs)))
        {
            try
            {
                await inner(container, plan => volumes.AddRange(Volume.Of(plan, pod.Directory))).ConfigureAwait(false);
            }
            catch (SpecRefusedException)
            {
                // Said when it is started.
            }
        }

        return [.. volumes.DistinctBy(static v => v.Name)];
    }

    private async Task<TierVerdict> Verdict() => (await _tried.Value.ConfigureAwait(false)).Verdict;
}
