using System.Globalization;
using Google.Protobuf;
using Skerry.Contracts.Vmm;
using Skerry.Node.Configuration;
using Skerry.Node.Isolation.Jails;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>What the holder of a machine is told.</summary>
internal sealed class MachineDocuments(MicrovmOptions options, LayerDisks disks)
{
    private const int EndPatience = 5_000;

    /// <summary>The disks of this node.</summary>
    internal LayerDisks Disks => disks;

    /// <summary>Where a disk is in the jail.</summary>
    internal static string SlotInside(int slot) => "/run/skerry/disks/" + slot.ToString(CultureInfo.InvariantCulture);

    /// <summary>The document.</summary>
    /// <param name="how">How machines work here.</param>
    /// <param name="shape">How large it is.</param>
    /// <param name="attached">The disks that it has; slots beyond them have nothing in them.</param>
    /// <param name="network">What its card stands for; null: for nothing.</param>
    /// <param name="configuration">What the guest is told.</param>
    internal VmDocument Write(MachineChoice how, MachineShape shape, IReadOnlyList<LayerDisk> attached, GuestNetwork? network, IMessage configuration) => new()
    {
        Kind = "qemu",
        Program = "/bin/" + Path.GetFileName(how.Files.Vmm),
        Firmware = QemuJail.Data,
        Modules = QemuJail.Modules,
        Accelerator = how.Accelerator,
        Kernel = MachineRoots.Kernel,
        Initrd = MachineRoots.Initrd,
        KernelParameters = KernelParameters.Of(how.IsEmulated, shape.KernelParameters),
        Processors = shape.Processors,
        MemoryMebibytes = shape.MaximumMebibytes,
        GuestMebibytes = shape.MemoryMebibytes,
        Disks = [.. Enumerable.Range(0, shape.Slots).Select(i => new VmDisk(SlotInside(i), i < attached.Count ? attached[i].Serial : string.Create(CultureInfo.InvariantCulture, $"none-{i}")))],
        Card = shape.HasCard ? new VmCard(network?.Tap ?? string.Empty, network?.Mac ?? "02:00:00:00:00:01") : null,
        Rendezvous = $"{MachinePaths.MeetingInside}/{MachinePaths.Socket}",
        Sizing = $"{MachinePaths.MeetingInside}/{MachinePaths.Sizing}",
        Temporary = "/tmp",
        BootPatience = options.BootTimeoutSeconds * 1000,
        EndPatience = EndPatience,
        Configuration = configuration.ToByteArray(),
    };
}
