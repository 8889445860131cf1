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
internal sealed class Machines(ProcessIsolator isolator, MachineRoots roots, JailGround ground, MachineDocuments documents, Templates? templates, MicrovmOptions options)
{
    /// <summary>QEMU's threads: one a processor, and those for disks.</summary>
    internal const long JailPids = 256;

    private const long LogSize = 1 << 20;
    private static readonly TimeSpan CgroupPatience = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Sees to it that a pod has a machine.
    /// <list type="number">
    /// <item>Leave one alone that lives.</item>
    /// <item>Remove what there is of an earlier one.</item>
    /// <item>Join the tap to the pod's network.</item>
    /// <item>Make its directories, offer it a template if there is one, and write its document.</item>
    /// <item>Make its jail, and write that to the journal.</item>
    /// <item>Let it begin.</item>
    /// </list>
    /// </summary>
    /// <param name="how">How machines work here.</param>
    /// <param name="pod">The pod.</param>
    /// <param name="namespaces">What the pod's containers share.</param>
    /// <param name="disks">The disks of its images, each once.</param>
    /// <exception cref="IsolationException">A step failed.</exception>
    /// <exception cref="SpecRefusedException">The pod asks for a machine that it cannot have.</exception>
    internal async Task Ensure(MachineChoice how, TierPod pod, NamespacePlan namespaces, IReadOnlyList<LayerDisk> disks)
    {
        // 1. one that lives
        if (Process(pod.Record).IsAlive())
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
        var shape = MachineShape.Of(pod.Spec, MachineAnnotations.Apply(pod.Spec, options)) with { Slots = disks.Count, HasCard = network is not null };
        var isCopy = templates is not null && templates.Offer(how, Templates.DomainOf(pod), ref shape, root, paths.Meeting);
        var document = documents.Write(how, shape, disks, network, GuestDocuments.Machine(pod.Id, Hostname(pod), network)) with { Copies = isCopy ? TemplateHandover.Inside : null };
        await File.WriteAllBytesAsync(paths.Document, JsonSerializer.SerializeToUtf8Bytes(document, VmJson.Default.VmDocument)).ConfigureAwait(false);

        // 5. jail
        var devices = Devices(how, network is not null);
        using var surroundings = Surroundings(isolator, pod.Ids, devices);
        var mounts = Mounts(paths, shape, disks);
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

        // 6. begin
        await isolator.Start(pod.Id, surroundings).ConfigureAwait(false);
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

    /// <summary>What a pod's machine takes of the node's memory, bytes; 0: there is none.</summary>
    internal ulong Memory(string podId) => new Cgroup(ground.Cgroups.Layout, ground.Cgroups.ContainerPath(podId, podId)).Stats()?.MemoryBytes ?? 0;

    /// <summary>The holder of a pod's machine.</summary>
    internal static ProcessIdentity Process(PodRecord record) =>
        record.Machine is { } machine ? new ProcessIdentity(machine.Pid, machine.PidStart) : default;

    /// <summary>Ends it and forgets it at the runtime, with its groups and its directories.</summary>
    private async Task Remove(TierPod pod, MachinePaths paths)
    {
        const int SigKill = 9;
        Process(pod.Record).Signal(SigKill);
        await isolator.Delete(pod.Id, paths.Bundle).ConfigureAwait(false);
        var began = TimeProvider.System.GetTimestamp();
        while (!ground.Cgroups.Remove(pod.Id, pod.Id) && TimeProvider.System.GetElapsedTime(began) < CgroupPatience)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System).ConfigureAwait(false);
        }

        await ProcessIsolator.RemoveTree(paths.Directory).ConfigureAwait(false);
    }

    private List<MountPlan> Mounts(MachinePaths paths, MachineShape shape, IReadOnlyList<LayerDisk> disks) =>
    [
        new MountPlan { Destination = "/tmp", SizeBytes = 1 << 20, NoExec = true },
        Carriers.Shown(paths.Document, MachinePaths.DocumentInside, readOnly: true),
        Carriers.Shown(paths.Meeting, MachinePaths.MeetingInside, readOnly: false) with { IsOwned = true },
        .. Enumerable.Range(0, shape.Slots).Select(i => Carriers.Shown(i < disks.Count ? disks[i].Path : documents.Disks.Nothing, MachineDocuments.SlotInside(i), readOnly: true)),
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
