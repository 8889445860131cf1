using System.Text.Json;
using Google.Protobuf;
using Skerry.Contracts.Journal.V1;
using Skerry.Contracts.Vmm;
using Skerry.Linux.Processes;
using Skerry.Node.Configuration;
using Skerry.Node.Isolation.Jails;
using Skerry.Node.Isolation.Process;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>
/// Machines of pods: each in a jail of its own, which is a container of the runtime under a monitor, by the pod's id. What must hold: a machine is
/// in the journal before it is started, and is found there after a crash by the identities of its processes.
/// </summary>
internal sealed class Machines(ProcessIsolator isolator, MachineRoots roots, JailGround ground, MicrovmOptions options)
{
    private const long JailPids = 256; // QEMU's threads: one a processor, and those for disks
    private const long LogSize = 1 << 20;
    private const int EndPatience = 5_000;
    private static readonly TimeSpan CgroupPatience = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Sees to it that a pod has a machine.
    /// <list type="number">
    /// <item>Leave one alone that lives.</item>
    /// <item>Remove what there is of an earlier one.</item>
    /// <item>Join the tap to the pod's network.</item>
    /// <item>Make its directories and write its document.</item>
    /// <item>Make its jail, and write that to the journal.</item>
    /// <item>Let it begin.</item>
    /// </list>
    /// </summary>
    /// <param name="how">How machines work here.</param>
    /// <param name="pod">The pod.</param>
    /// <param name="namespaces">What the pod's containers share.</param>
    /// <param name="disks">The disks of its images, each once.</param>
    /// <exception cref="IsolationException">A step failed.</exception>
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

        // 3. network
        var network = pod.Network is { } joined && pod.Interface.Length > 0
            ? await GuestLink.Make(joined, pod.Ids?.HostStart ?? 0, pod.Interface).ConfigureAwait(false)
            : null;

        // 4. directories and document
        Directory.CreateDirectory(paths.Directory);
        Carriers.Own(paths.Meeting, pod.Ids);
        var shape = MachineShape.Of(pod.Spec, options);
        var document = Document(how, shape, disks, network, GuestDocuments.Machine(pod.Id, Hostname(pod), network));
        await File.WriteAllBytesAsync(paths.Document, JsonSerializer.SerializeToUtf8Bytes(document, VmJson.Default.VmDocument)).ConfigureAwait(false);

        // 5. jail
        using var surroundings = Surroundings(how, pod.Ids, network is not null);
        var root = roots.Machine(how.Files);
        var created = await isolator.Create(Launch(how, pod, paths, root, surroundings, shape, namespaces, disks, network is not null)).ConfigureAwait(false);
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

    private VmDocument Document(MachineChoice how, MachineShape shape, IReadOnlyList<LayerDisk> disks, GuestNetwork? network, IMessage configuration) => new()
    {
        Kind = "qemu",
        Program = "/bin/" + Path.GetFileName(how.Files.Vmm),
        Firmware = MachineRoots.Firmware,
        Accelerator = how.Accelerator,
        Kernel = MachineRoots.Kernel,
        Initrd = MachineRoots.Initrd,
        KernelParameters = KernelParameters.Of(how.IsEmulated, options.KernelParameters),
        Processors = shape.Processors,
        MemoryMebibytes = shape.MemoryMebibytes,
        Disks = [.. disks.Select(static d => new VmDisk(DiskInside(d), d.Serial))],
        Card = network is null ? null : new VmCard(network.Tap, network.Mac),
        Rendezvous = $"{MachinePaths.MeetingInside}/{MachinePaths.Socket}",
        Temporary = "/tmp",
        BootPatience = options.BootTimeoutSeconds * 1000,
        EndPatience = EndPatience,
        Configuration = configuration.ToByteArray(),
    };

    private ContainerLaunch Launch(
        MachineChoice how, TierPod pod, MachinePaths paths, JailRoot root, RuntimeSurroundings surroundings, MachineShape shape, NamespacePlan namespaces, IReadOnlyList<LayerDisk> disks, bool hasCard)
    {
        var jail = new Jail
        {
            Name = "machine",
            Arguments = [MachineRoots.Holder, "hold", MachinePaths.DocumentInside],
            Mounts =
            [
                new MountPlan { Destination = "/tmp", SizeBytes = 1 << 20, NoExec = true },
                Carriers.Shown(paths.Document, MachinePaths.DocumentInside, readOnly: true),
                Carriers.Shown(paths.Meeting, MachinePaths.MeetingInside, readOnly: false) with { IsOwned = true },
                .. disks.Select(static d => Carriers.Shown(d.Path, DiskInside(d), readOnly: true)),
            ],

            // Its network is the pod's, where the tap is; it has no address there.
            Namespaces = hasCard ? namespaces with { Ipc = null, IpcOwnedByPod = false, Uts = null } : new NamespacePlan(),
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
            Plan = rootfs => ground.Plan(pod.Id, pod.Id, rootfs, pod.Ids, jail).With(isolator.CommonDirectory, Devices(how, hasCard)),
        };
    }

    private RuntimeSurroundings Surroundings(MachineChoice how, IdRange? ids, bool hasCard)
    {
        var devices = Devices(how, hasCard);
        return devices.Count == 0
            ? RuntimeSurroundings.None
            : new RuntimeSurroundings { Prepare = () => JailDevices.Show(isolator.CommonDirectory, ids?.HostStart ?? 0, devices) };
    }

    private static List<JailDevice> Devices(MachineChoice how, bool hasCard) =>
        [.. how.IsEmulated ? Array.Empty<JailDevice>() : [JailDevice.Kvm], .. hasCard ? [JailDevice.Tun] : Array.Empty<JailDevice>()];

    private static string Hostname(TierPod pod) => pod.Spec.Hostname.Length > 0 ? pod.Spec.Hostname : pod.Spec.Name;

    private static string DiskInside(LayerDisk disk) => "/run/skerry/disks/" + disk.Serial;
}
