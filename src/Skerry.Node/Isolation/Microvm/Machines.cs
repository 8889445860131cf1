using System.Text.Json;
using Skerry.Contracts.Journal.V1;
using Skerry.Contracts.Vmm;
using Skerry.Linux.Processes;
using Skerry.Node.Configuration;
using Skerry.Node.Isolation.Cgroups;
using Skerry.Node.Isolation.Jails;
using Skerry.Node.Isolation.Process;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>
/// Machines of pods: each in a jail of its own, which is a container of the runtime under a monitor, by the pod's id. What must hold: a machine is
/// in the journal before it is started, and is found there after a crash by the identities of its processes.
/// </summary>
internal sealed class Machines(ProcessIsolator isolator, MachineRoots roots, JailGround ground, MachineDocuments documents, VolumeServers servers, Templates? templates, MicrovmOptions options)
{
    /// <summary>QEMU's threads: one a processor, and those for disks.</summary>
    internal const long JailPids = 256;

    private const long LogSize = 1 << 20;
    /// <summary>For a guest to write what it has not written yet, beside the time that its containers have to end.</summary>
    private static readonly TimeSpan RestMargin = TimeSpan.FromSeconds(18);

    /// <summary>
    /// Sees to it that a pod has a machine.
    /// <list type="number">
    /// <item>Leave one alone that lives.</item>
    /// <item>Remove what there is of an earlier one.</item>
    /// <item>Join the tap to the pod's network.</item>
    /// <item>Make its directories, offer it a template if there is one, and write its document. A machine with volumes is none's copy: their server
    /// maps its memory.</item>
    /// <item>Let the server of its volumes begin, if it has any.</item>
    /// <item>Make its jail, and write that to the journal.</item>
    /// <item>Let it begin.</item>
    /// </list>
    /// </summary>
    /// <param name="how">How machines work here.</param>
    /// <param name="pod">The pod.</param>
    /// <param name="namespaces">What the pod's containers share.</param>
    /// <param name="disks">The disks of its images and containers.</param>
    /// <param name="volumes">What it is shown of the node, each once.</param>
    /// <exception cref="IsolationException">A step failed.</exception>
    /// <exception cref="SpecRefusedException">The pod asks for a machine that it cannot have.</exception>
    internal async Task Ensure(MachineChoice how, TierPod pod, NamespacePlan namespaces, MachineDisks disks, IReadOnlyList<Volume> volumes)
    {
        // 1. one that lives
        if (IsAlive(pod))
        {
            return;
        }

        // 2. an earlier one
        var paths = new MachinePaths(pod.Directory);
        await Remove(pod, paths).ConfigureAwait(false);
        pod.Record.Machine = null;

        // 3. network
        var network = pod.Network is { } joined && pod.Interface.Length > 0
            ? await GuestLink.Make(joined, pod.Ids?.HostStart ?? 0, pod.Interface).ConfigureAwait(false)
            : null;

        // 4. directories and document
        Directory.CreateDirectory(paths.Directory);
        Carriers.Own(paths.Meeting, pod.Ids);
        var root = roots.Machine(how.Files);
        var shape = MachineShape.Of(pod.Spec, MachineAnnotations.Apply(pod.Spec, options)) with { Slots = disks.Layers.Count, Writable = disks.Writable.Count, HasCard = network is not null };
        var isCopy = volumes.Count == 0 && templates is not null && templates.Offer(how, Templates.DomainOf(pod), ref shape, root, paths.Meeting);
        var document = documents.Write(how, shape, disks, network, GuestDocuments.Machine(pod.Id, Hostname(pod), network)) with
        {
            Copies = isCopy ? TemplateHandover.Inside : null,
            Share = volumes.Count > 0 ? VolumeServers.Sockets : null,
        };
        await File.WriteAllBytesAsync(paths.Document, JsonSerializer.SerializeToUtf8Bytes(document, VmJson.Default.VmDocument)).ConfigureAwait(false);

        // 5. volumes
        if (volumes.Count > 0)
        {
            await servers.Begin(how.Files, pod, shape, volumes).ConfigureAwait(false);
        }

        // 6. jail
        var devices = Devices(how, network is not null);
        using var surroundings = Surroundings(isolator, pod.Ids, devices);
        var mounts = Mounts(paths, shape, disks, volumes.Count > 0);
        var created = await isolator.Create(Launch(pod, paths, root, surroundings, shape, network is null ? new NamespacePlan() : namespaces, mounts, devices)).ConfigureAwait(false);
        JailRoots.Mark(paths.Bundle, root);
        created.MonitorChild.Dispose();
        pod.Record.Machine = new MachineRecord
        {
            Pid = created.Process.Pid,
            PidStart = created.Process.Start,
            MonitorPid = created.Monitor.Pid,
            MonitorStart = created.Monitor.Start,
        };
        await pod.Keep().ConfigureAwait(false);

        // 7. begin
        await isolator.Start(pod.Id, surroundings).ConfigureAwait(false);
    }

    /// <summary>
    /// Has the machine of a pod end by itself, so that all that its containers wrote is on their disks, and ends it; where nobody wants what they
    /// wrote, at once.
    /// </summary>
    internal async Task Rest(TierPod pod)
    {
        const int SigTerm = 15;
        var holder = Process(pod.Record);
        if (!pod.Spec.AutoRemove && holder.Signal(SigTerm))
        {
            var began = TimeProvider.System.GetTimestamp();
            while (holder.IsAlive() && TimeProvider.System.GetElapsedTime(began) < MachineDocuments.EndPatience + RestMargin)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System).ConfigureAwait(false);
            }
        }

        await End(pod).ConfigureAwait(false);
    }

    /// <summary>Ends the machine of a pod and removes what was made for it. Nothing there is no error.</summary>
    internal async Task End(TierPod pod)
    {
        await Remove(pod, new MachinePaths(pod.Directory)).ConfigureAwait(false);
        pod.Record.Machine = null;
    }

    /// <summary>Ends the machine of a pod that goes on without one.</summary>
    internal async Task Leave(TierPod pod)
    {
        await End(pod).ConfigureAwait(false);
        if (pod.Network is { } joined && pod.Interface.Length > 0)
        {
            await GuestLink.Remove(joined, pod.Interface).ConfigureAwait(false);
        }
    }

    /// <summary>Ends the machine of a pod that no other part of the node knows of, with the pod's own groups.</summary>
    internal async Task EndWhole(TierPod pod)
    {
        await End(pod).ConfigureAwait(false);
        ground.Cgroups.Remove(pod.Id, null);
    }

    /// <summary>Ends what is made for later machines.</summary>
    internal Task Stop() => templates?.Stop() ?? Task.CompletedTask;

    /// <summary>What a pod's machine and the server of its volumes take of the node's memory, bytes; 0: there is none.</summary>
    internal ulong Memory(string podId) => Memory(podId, podId) + Memory(podId, VolumeServers.IdOf(podId));

    /// <summary>Whether a pod has a machine.</summary>
    internal static bool IsAlive(TierPod pod) => Process(pod.Record).IsAlive();

    /// <summary>The holder of a pod's machine.</summary>
    internal static ProcessIdentity Process(PodRecord record) =>
        record.Machine is { } machine ? new ProcessIdentity(machine.Pid, machine.PidStart) : default;

    /// <summary>Ends it and forgets it at the runtime, with its groups and its directories.</summary>
    private async Task Remove(TierPod pod, MachinePaths paths)
    {
        const int SigKill = 9;
        Process(pod.Record).Signal(SigKill);
        await isolator.Delete(pod.Id, paths.Bundle).ConfigureAwait(false);
        await ground.RemoveCgroups(pod.Id, pod.Id).ConfigureAwait(false);
        await servers.End(pod).ConfigureAwait(false);
        await ProcessIsolator.RemoveTree(paths.Directory).ConfigureAwait(false);
    }

    private ulong Memory(string podId, string id) => new Cgroup(ground.Cgroups.Layout, ground.Cgroups.ContainerPath(podId, id)).Stats()?.MemoryBytes ?? 0;

    private List<MountPlan> Mounts(MachinePaths paths, MachineShape shape, MachineDisks disks, bool hasVolumes) =>
    [
        new MountPlan { Destination = "/tmp", SizeBytes = 1 << 20, NoExec = true },
        Carriers.Shown(paths.Document, MachinePaths.DocumentInside, readOnly: true),
        Carriers.Shown(paths.Meeting, MachinePaths.MeetingInside, readOnly: false) with { IsOwned = true },
        .. Enumerable.Range(0, shape.Slots).Select(i => Carriers.Shown(i < disks.Layers.Count ? disks.Layers[i].Path : documents.Layers.Nothing, MachineDocuments.SlotInside(i), readOnly: true)),
        .. hasVolumes ? [Carriers.Shown(paths.Share, MachinePaths.ShareInside, readOnly: true) with { IsOwned = true }] : Array.Empty<MountPlan>(),
        .. disks.Writable.Select(static (disk, i) => Carriers.Shown(disk.Path, MachineDocuments.WritableInside(i), readOnly: false)),
    ];

    private ContainerLaunch Launch(
        TierPod pod, MachinePaths paths, JailRoot root, RuntimeSurroundings surroundings, MachineShape shape, NamespacePlan namespaces, IReadOnlyList<MountPlan> mounts, IReadOnlyList<JailDevice> devices)
    {
        var jail = new Jail
        {
            Name = "machine",
            Arguments = [MachineRoots.Holder, "hold", MachinePaths.DocumentInside],
            Mounts = mounts,

            // Its network is the pod's, where the tap is; it has no address there.
            Namespaces = namespaces with { Ipc = null, IpcOwnedByPod = false, Uts = null },
            MemoryBytes = shape.JailBytes,
            Pids = JailPids,
        };
        return new ContainerLaunch
        {
            Id = pod.Id,
            Bundle = paths.Bundle,
            Writable = paths.Writable,
            Layers = [root.Directory],
            Users = pod.Users,
            FirstUserId = pod.Ids?.HostStart ?? 0,
            IsEphemeral = true,
            LogPath = paths.Log,
            LogSizeMax = LogSize,
            MonitorCgroups = ground.Cgroups.MonitorDirectories(pod.Id, pod.Id),
            Surroundings = surroundings,
            Plan = rootfs => ground.Plan(pod.Id, pod.Id, rootfs, pod.Ids, jail).With(isolator.CommonDirectory, devices),
        };
    }

    /// <summary>What the devices of a machine's jail need around it.</summary>
    internal static RuntimeSurroundings Surroundings(ProcessIsolator isolator, IdRange? ids, IReadOnlyList<JailDevice> devices) => devices.Count == 0
        ? RuntimeSurroundings.None
        : new RuntimeSurroundings { Prepare = () => JailDevices.Show(isolator.CommonDirectory, ids?.HostStart ?? 0, devices) };

    /// <summary>The devices that a machine's jail has.</summary>
    internal static IReadOnlyList<JailDevice> Devices(MachineChoice how, bool hasCard) =>
        [.. how.IsEmulated ? Array.Empty<JailDevice>() : [JailDevice.Kvm], .. hasCard ? [JailDevice.Tun] : Array.Empty<JailDevice>()];

    private static string Hostname(TierPod pod) => pod.Spec.Hostname.Length > 0 ? pod.Spec.Hostname : pod.Spec.Name;
}
