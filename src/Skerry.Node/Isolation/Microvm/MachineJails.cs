using Skerry.Node.Isolation.Jails;
using Skerry.Node.Isolation.Process;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>The jails of machines: each a container of the runtime under a monitor, with the program that holds the machine.</summary>
internal sealed class MachineJails(ProcessIsolator isolator, JailGround ground, MachineDocuments documents)
{
    /// <summary>QEMU's threads: one a processor, and those for disks.</summary>
    internal const long Pids = 256;

    private const long LogSize = 1 << 20;

    /// <summary>Makes the jail of a machine, whose document is written, and leaves it waiting.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="how">How machines work here.</param>
    /// <param name="root">The jail's root.</param>
    /// <param name="shape">How large it is.</param>
    /// <param name="disks">The disks that it has.</param>
    /// <param name="network">The namespaces of the network that its tap is in; null: it opens none.</param>
    /// <param name="hasVolumes">A server of volumes shows it some.</param>
    /// <exception cref="IsolationException">It cannot be made.</exception>
    internal async Task<CreatedContainer> Create(TierPod pod, MachineChoice how, JailRoot root, MachineShape shape, MachineDisks disks, NamespacePlan? network, bool hasVolumes)
    {
        var paths = new MachinePaths(pod.Directory);
        var devices = Devices(how, network is not null);
        using var surroundings = Surroundings(isolator, pod.Ids, devices);
        var jail = new Jail
        {
            Name = "machine",
            Arguments = [MachineRoots.Holder, "hold", MachinePaths.DocumentInside],
            Mounts = Mounts(paths, shape, disks, hasVolumes),

            // Its network is the pod's, where the tap is; it has no address there.
            Namespaces = (network ?? new NamespacePlan()) with { Ipc = null, IpcOwnedByPod = false, Uts = null },
            MemoryBytes = shape.JailBytes,
            Pids = Pids,
        };
        var created = await isolator.Create(new ContainerLaunch
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
            MonitorGroup = ground.Cgroups.MonitorGroup(pod.Id, pod.Id),
            Surroundings = surroundings,
            Plan = rootfs => ground.Plan(pod.Id, pod.Id, rootfs, pod.Ids, jail).With(isolator.CommonDirectory, devices),
        }).ConfigureAwait(false);
        JailRoots.Mark(paths.Bundle, root);
        return created;
    }

    /// <summary>Lets a machine begin whose jail waits.</summary>
    /// <exception cref="IsolationException">It cannot be started.</exception>
    internal async Task Start(TierPod pod, MachineChoice how, bool hasTap)
    {
        using var surroundings = Surroundings(isolator, pod.Ids, Devices(how, hasTap));
        await isolator.Start(pod.Id, surroundings).ConfigureAwait(false);
    }

    /// <summary>What the devices of a machine's jail need around it.</summary>
    internal static RuntimeSurroundings Surroundings(ProcessIsolator isolator, IdRange? ids, IReadOnlyList<JailDevice> devices) => devices.Count == 0
        ? RuntimeSurroundings.None
        : new RuntimeSurroundings { Prepare = () => JailDevices.Show(isolator.CommonDirectory, ids?.HostStart ?? 0, devices) };

    /// <summary>The devices that a machine's jail has.</summary>
    internal static IReadOnlyList<JailDevice> Devices(MachineChoice how, bool hasTap) =>
        [.. how.IsEmulated ? Array.Empty<JailDevice>() : [JailDevice.Kvm], .. hasTap ? [JailDevice.Tun] : Array.Empty<JailDevice>()];

    private List<MountPlan> Mounts(MachinePaths paths, MachineShape shape, MachineDisks disks, bool hasVolumes) =>
    [
        new MountPlan { Destination = "/tmp", SizeBytes = 1 << 20, NoExec = true },
        Carriers.Shown(paths.Document, MachinePaths.DocumentInside, readOnly: true),
        Carriers.Shown(paths.Meeting, MachinePaths.MeetingInside, readOnly: false) with { IsOwned = true },
        .. Enumerable.Range(0, shape.Slots).Select(i => Carriers.Shown(i < disks.Layers.Count ? disks.Layers[i].Path : documents.Layers.Nothing, MachineDocuments.SlotInside(i), readOnly: true)),
        .. hasVolumes ? [Carriers.Shown(paths.Share, MachinePaths.ShareInside, readOnly: true) with { IsOwned = true }] : Array.Empty<MountPlan>(),
        .. disks.Writable.Select(static (disk, i) => Carriers.Shown(disk.Path, MachineDocuments.WritableInside(i), readOnly: false)),
    ];
}
