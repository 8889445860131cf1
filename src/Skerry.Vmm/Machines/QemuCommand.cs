using System.Globalization;
using Skerry.Contracts.Vmm;

namespace Skerry.Vmm.Machines;

/// <summary>
/// QEMU's command line for a <c>microvm</c> machine: no PCI, no firmware but what starts the kernel, a serial line for what the kernel says,
/// a virtio port for the agent, a balloon, disks and one network card. What must hold: every value is a number, or a text of the node's own
/// without a comma, which QEMU would take for the next option.
/// </summary>
internal static class QemuCommand
{
    /// <summary>The name of the agent's port in the guest (/sys/class/virtio-ports/*/name).</summary>
    internal const string AgentPort = "agent";

    /// <summary>Translated code that emulation keeps, MiB; QEMU's own bound would be an eighth of the machine.</summary>
    private const int TranslatedMebibytes = 64;

    /// <summary>Virtio devices that a board with one interrupt controller has room for; with the second come 16 more, each of which takes memory (hw/i386/microvm.c).</summary>
    private const int FirstTransports = 8;

    // Values of a drive's cache (qemu(1), -drive).
    private const string WithFlushes = "writeback";
    private const string WithoutFlushes = "unsafe";

    /// <summary>The arguments.</summary>
    /// <param name="vm">The machine.</param>
    /// <param name="agent">Socket on which the holder waits for the agent's port.</param>
    /// <param name="control">Socket on which it waits for QMP.</param>
    /// <exception cref="ArgumentException">A text that cannot be passed.</exception>
    internal static IReadOnlyList<string> Arguments(VmDocument vm, string agent, string control)
    {
        List<string> arguments =
        [
            "-L", vm.Firmware, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
            .. Machine(vm),
            "-smp", Text(vm.Processors), "-m", Text(vm.MemoryMebibytes),
            .. Boot(vm),
            "-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console",
            "-chardev", $"socket,id=agent,path={Plain(agent)}",
            "-device", "virtio-serial-device", "-device", $"virtserialport,chardev=agent,name={AgentPort}",
            "-device", "virtio-rng-device",
            "-device", Balloon(vm),
            "-chardev", $"socket,id=control,path={Plain(control)}", "-mon", "chardev=control,mode=control",
        ];
        for (var i = 0; i < vm.Disks.Count; i++)
        {
            arguments.AddRange(Disk(vm.Disks[i], "d" + Text(i), vm.Parks is null ? string.Empty : ",id=" + MachineParts.DiskName(i)));
        }

        if (vm.Share is { } share)
        {
            arguments.AddRange(
            [
                // virtiofsd speaks virtio 1 alone; QEMU's transports begin with what was before it.
                "-global", "virtio-mmio.force-legacy=false",
                "-chardev", $"socket,id=share,path={Plain(share.Machine)}",
                "-device", $"vhost-user-fs-device,chardev=share,tag={VmShare.Tag},queue-size=512",
            ]);
        }

        if (vm.Card is { } card)
        {
            arguments.AddRange(
            [
                "-netdev", Behind(vm, card),
                "-device", $"virtio-net-device,netdev=n0,mac={Plain(card.Mac)}",
            ]);
        }

        return arguments;
    }

    /// <summary>A copy has its kernel in the template's memory, runs already, and is never reset (-no-reboot): QEMU would read the whole file for nothing.</summary>
    private static IEnumerable<string> Boot(VmDocument vm) =>
        vm.Copies is null ? ["-kernel", Plain(vm.Kernel), "-initrd", Plain(vm.Initrd), "-append", vm.KernelParameters] : [];

    /// <summary>
    /// One disk. What cannot be written, for want of room on the node, is an error of the guest's program: QEMU would stop the machine (werror).
    /// </summary>
    private static IEnumerable<string> Disk(VmDisk disk, string name, string id) => disk.IsWritable
        ?
        [
            "-drive", $"id={name},if=none,format=raw,discard=unmap,cache={(disk.IsThrownAway ? WithoutFlushes : WithFlushes)},file={Plain(disk.Path)}",
            "-device", $"virtio-blk-device,drive={name},serial={Plain(disk.Serial)},werror=report,rerror=report{id}",
        ]
        :
        [
            "-drive", $"id={name},if=none,format=raw,readonly=on,file={Plain(disk.Path)}",
            "-device", $"virtio-blk-device,drive={name},serial={Plain(disk.Serial)}{id}",
        ];

    /// <summary>
    /// With page reporting the node gets back what the guest does not use, by itself. A copy cannot give anything back: QEMU would punch holes into the
    /// file of its template, which is sealed against that; and it must have what its template had.
    /// </summary>
    private static string Balloon(VmDocument vm) =>
        "virtio-balloon-device,id=balloon" + (vm.Makes is null && vm.Copies is null ? ",free-page-reporting=on" : string.Empty);

    /// <summary>
    /// What is behind the card. A template has nothing there yet, and what its card was found to be able to do is all that copies can: not to have the
    /// checksums of packets left to it.
    /// </summary>
    private static string Behind(VmDocument vm, VmCard card) => card.Tap.Length == 0
        ? MachineParts.Hub
        : $"tap,id=n0,ifname={Plain(card.Tap)},script=no,downscript=no" + (vm.Copies is null ? string.Empty : ",vnet_hdr=off");

    /// <summary>
    /// The board and its processor. Emulated: without the machine check of a real clock (rtc) a kernel waits for it; +arat lets it stop the tick.
    /// </summary>
    private static IEnumerable<string> Machine(VmDocument vm)
    {
        var board = "microvm,acpi=on,pit=off,pic=off,rtc=on,isa-serial=on" + (Devices(vm) > FirstTransports ? string.Empty : ",ioapic2=off");
        IEnumerable<string> processor = vm.Accelerator == "kvm"
            ? ["-accel", "kvm", "-cpu", "host"]
            : [.. vm.Shed is { } shed ? ["-plugin", "file=" + Plain(shed)] : Array.Empty<string>(), "-accel", "tcg,tb-size=" + Text(TranslatedMebibytes), "-cpu", "qemu64,+arat"];
        if (vm.Share is not null)
        {
            // The server of volumes reads and writes the guest's memory: it is in a file that both have mapped.
            return ["-object", $"memory-backend-memfd,id=memory,size={Text(vm.MemoryMebibytes)}M,share=on", "-M", board + ",memory-backend=memory", .. processor];
        }

        if (vm.Makes is null && vm.Copies is null)
        {
            return ["-M", board, .. processor];
        }

        // A copy maps the file and keeps what it changes to itself; the template is what is in the file.
        return
        [
            "-object", $"memory-backend-file,id=memory,size={Text(vm.MemoryMebibytes)}M,mem-path={Plain(vm.Makes?.Memory ?? HandedTemplate.MemoryPath)},share={(vm.Makes is null ? "off" : "on")}",
            "-M", board + ",memory-backend=memory",
            .. processor,
            .. vm.Makes is null ? ["-incoming", "defer"] : Array.Empty<string>(),
        ];
    }

    /// <summary>Its virtio devices: the line to the agent, entropy and the balloon, and what it has besides.</summary>
    private static int Devices(VmDocument vm) => 3 + vm.Disks.Count + (vm.Share is null ? 0 : 1) + (vm.Card is null ? 0 : 1);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Plain(string text) => text.Length > 0 && text.AsSpan().IndexOfAny(",\0\n") < 0
        ? text
        : throw new ArgumentException($"'{text}' cannot be passed to QEMU: a comma would begin another option");
}
