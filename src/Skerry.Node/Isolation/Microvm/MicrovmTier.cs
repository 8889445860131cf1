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

    /// <summary>Disks that a machine has slots for, beside its card, its ports and its source of entropy (24 transports of virtio-mmio).</summary>
    private const int MostDisks = 16;

    private readonly NodePaths _paths;
    private readonly Machines _machines;
    private readonly Carriers _carriers;
    private readonly LayerDisks _disks;
    private readonly MicrovmTrial _trial;
    private readonly MicrovmOptions _options;
    private readonly MachineUpdate _update;
    private volatile Lazy<Task<(MachineChoice? Choice, TierVerdict Verdict)>> _tried;

    internal MicrovmTier(ProcessIsolator isolator, NodePaths paths, Machines machines, Carriers carriers, LayerDisks disks, MicrovmTrial trial, MachineUpdate update, MicrovmOptions options)
    {
        Isolator = isolator;
        _paths = paths;
        _machines = machines;
        _carriers = carriers;
        _disks = disks;
        _trial = trial;
        _update = update;
        _options = options;
        _tried = new(() => Task.Run(trial.Try));
    }

    internal override string Name => TierName;

    internal override ProcessIsolator Isolator { get; }

    internal override Task<TierVerdict> Tried => Verdict();

    internal override IReadOnlyList<string> StandsOn => ["/dev/kvm"];

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

            if (container.Mounts.FirstOrDefault(static m => m.Type != Mount.Types.Type.Tmpfs) is { } mount)
            {
                throw new SpecRefusedException("mounts", $"{mount.Destination}: directories and volumes of the node cannot be shown in a microVM in this version", "bring the files in the image, use --tmpfs, or use --tier sandbox");
            }

            if (container.Resources is { Io.Count: > 0 })
            {
                throw new SpecRefusedException("io", "limits of the node's block devices have no meaning in a microVM", Else);
            }
        }
    }

    internal override async Task<TierJail?> Jail(TierPod pod, TierContainer container, InnerPlan inner)
    {
        var (choice, verdict) = await _tried.Value.ConfigureAwait(false);
        if (choice is null)
        {
            throw new IsolationException($"the microvm tier does not work on this machine: {verdict.Reason}");
        }

        ContainerPlan? plan = null;
        await inner(found => plan = found).ConfigureAwait(false);
        var disks = await Disks(pod).ConfigureAwait(false);
        await _machines.Ensure(choice, pod, plan!.Namespaces, [.. disks.Values.SelectMany(static d => d).Distinct()]).ConfigureAwait(false);
        var start = GuestDocuments.Container(plan, disks[container.Image.ManifestDigest].Select(static d => d.Serial), pod.Directory);
        return _carriers.Jail(choice.Files, pod, container, plan, start);
    }

    internal override ExecPlan PlanExec(ContainerProcesses container, ExecStart asked) => _carriers.PlanExec(container.Id, _paths.Bundle(container.Id), asked);

    internal override Task Freeze(TierPod pod, string containerId, bool frozen) => GuestClient.Call(
        new MachinePaths(pod.Directory), "Freeze", new Guest.FreezeRequest { Container = containerId, Frozen = frozen }, Guest.FreezeResponse.Parser);

    internal override async Task<ContainerStats?> Stats(TierPod pod, string containerId)
    {
        var said = await GuestClient.Call(new MachinePaths(pod.Directory), "Stats", new Guest.StatsRequest { Container = containerId }, Guest.StatsResponse.Parser).ConfigureAwait(false);
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
        _machines.Memory(pod.Id) is var whole && whole > used ? whole - used : 0;

    internal override async Task<bool> Update(TierPod pod, string name, string id, Resources asked, Resources after)
    {
        await _update.Apply(pod, name, id, asked, after).ConfigureAwait(false);
        return true;
    }

    internal override string? CopyRefusal(bool isAlive) => isAlive
        ? "runs in a microVM, whose kernel keeps its files to itself"
        : "ran in a microVM, and what it wrote was in the memory of that";

    internal override TierExit Ended(string bundle, string log, int code) => Carriers.Outcome(bundle) is { } outcome
        ? new TierExit(code, outcome.Reason.Length > 0 ? outcome.Reason : null) { OutOfMemory = outcome.OomKilled }
        : new TierExit(code);

    internal override async Task Rest(TierPod pod)
    {
        await _machines.End(pod).ConfigureAwait(false);
        await pod.Keep().ConfigureAwait(false);
    }

    internal override IReadOnlyList<string> Forget(IReadOnlyList<IReadOnlyList<string>> images) =>
        _disks.Sweep(images.SelectMany(static image => image.Select(static l => (IReadOnlyList<string>)[l]).Append(image)));

    internal override string? Breakdown(string bundle, int? code) =>
        base.Breakdown(bundle, code) ?? (Carriers.Outcome(bundle) is { IsBroken: true } outcome ? outcome.Reason : null);

    internal override Task End(TierPod pod) => _machines.End(pod);

    internal override Task Leave(TierPod pod) => _machines.Leave(pod);

    internal override Task Stop() => _machines.Stop();

    internal override bool Owns(string podId, string containerId) => podId == containerId;

    /// <summary>The disks of each image of a pod, bottom first: a disk a layer, or one an image where there are too many layers for that.</summary>
    private async Task<Dictionary<string, List<LayerDisk>>> Disks(TierPod pod)
    {
        var images = pod.Containers.Select(static c => c.Image).DistinctBy(static i => i.ManifestDigest).ToList();
        var isWhole = images.SelectMany(static i => i.Layers).Distinct(StringComparer.Ordinal).Count() > MostDisks;
        if (isWhole && images.Count > MostDisks)
        {
            throw new IsolationException($"disks of a microVM: the pod has {images.Count} images; a microVM has room for {MostDisks}; make several pods of it");
        }

        var found = new Dictionary<string, List<LayerDisk>>(StringComparer.Ordinal);
        foreach (var image in images)
        {
            List<LayerDisk> disks = [];
            foreach (var layers in isWhole ? [image.Layers] : image.Layers.Select(static l => (IReadOnlyList<string>)[l]))
            {
                disks.Add(await _disks.Ensure(layers).ConfigureAwait(false));
            }

            found.Add(image.ManifestDigest, disks);
        }

        return found;
    }

    private async Task<TierVerdict> Verdict() => (await _tried.Value.ConfigureAwait(false)).Verdict;
}
