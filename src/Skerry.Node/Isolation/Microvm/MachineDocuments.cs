using System.Globalization;
using Google.Protobuf;
using Skerry.Contracts.Vmm;
using Skerry.Node.Configuration;
using Skerry.Node.Isolation.Jails;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>What the holder of a machine is told.</summary>
internal sealed class MachineDocuments(MicrovmOptions options, LayerDisks layers)
{
    /// <summary>How long the containers of a machine that is shut down get to end.</summary>
    internal static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(5);

    /// <summary>The disks of layers of this node.</summary>
    internal LayerDisks Layers => layers;

    /// <summary>Where a disk of a layer is in the jail.</summary>
    internal static string SlotInside(int slot) => "/run/skerry/disks/" + slot.ToString(CultureInfo.InvariantCulture);

    /// <summary>Where a disk of a container is in the jail.</summary>
    internal static string WritableInside(int slot) => "/run/skerry/writable/" + slot.ToString(CultureInfo.InvariantCulture);

    /// <summary>The document.</summary>
    /// <param name="how">How machines work here.</param>
    /// <param name="shape">How large it is.</param>
    /// <param name="disks">The disks that it has; slots beyond them have nothing in them.</param>
    /// <param name="network">What its card stands for; null: for nothing.</param>
    /// <param name="configuration">What the guest is told.</param>
    internal VmDocument Write(MachineChoice how, MachineShape shape, MachineDisks disks, GuestNetwork? network, IMessage configuration) => new()
    {
        Kind = how.Vmm.Kind,
        Program = "/bin/" + Path.GetFileName(how.Files.Vmm),
        Firmware = QemuJail.Data,
        Modules = QemuJail.Modules,
        Accelerator = how.Accelerator,
        Shed = how.Sheds ? MachineRoots.Shed : null,
        MergesMemory = options.MergeMemory,
        Kernel = MachineRoots.Kernel,
        Initrd = MachineRoots.Initrd,
        KernelParameters = KernelParameters.Of(how.IsEmulated, shape.KernelParameters, how.Vmm.Words),
        Processors = shape.Processors,
        MemoryMebibytes = shape.MaximumMebibytes,
        GuestMebibytes = shape.MemoryMebibytes,
        Disks = [.. Enumerable.Range(0, shape.Slots).Select(i => Layer(disks, i)), .. Enumerable.Range(0, shape.Writable).Select(i => Writable(disks, i))],
        Card = shape.HasCard ? new VmCard(network?.Tap ?? string.Empty, network?.Mac ?? "02:00:00:00:00:01") : null,
        Rendezvous = $"{MachinePaths.MeetingInside}/{MachinePaths.Socket}",
        Sizing = $"{MachinePaths.MeetingInside}/{MachinePaths.Sizing}",
        Temporary = "/tmp",
        BootPatience = options.BootTimeoutSeconds * 1000,
        EndPatience = (int)EndPatience.TotalMilliseconds,
        Configuration = configuration.ToByteArray(),
    };

    private static VmDisk Layer(MachineDisks disks, int slot) =>
        new(SlotInside(slot), slot < disks.Layers.Count ? disks.Layers[slot].Serial : string.Create(CultureInfo.InvariantCulture, $"none-{slot}"));

    private static VmDisk Writable(MachineDisks disks, int slot)
    {
        var disk = slot < disks.Writable.Count ? disks.Writable[slot] : null;
        return new VmDisk(WritableInside(slot), disk?.Serial ?? string.Create(CultureInfo.InvariantCulture, $"empty-{slot}"))
        {
            IsWritable = true,
            IsThrownAway = disk?.IsThrownAway ?? true,
        };
    }
}
