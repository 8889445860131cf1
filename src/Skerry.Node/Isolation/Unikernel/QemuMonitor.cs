using System.Globalization;
using Skerry.Node.Isolation.Jails;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Unikernel;

/// <summary>
/// QEMU's machine microvm: few devices, none of another age but a serial port. By KVM where a trial shows that it runs guests, else by
/// software emulation (TCG), in which the guest's code never is code of the node's processor.
/// </summary>
internal sealed class QemuMonitor : GuestMonitor
{
    private readonly string? _path;
    private readonly Lazy<Task<QemuChoice>> _tried;

    /// <param name="path">The program; null: there is none.</param>
    /// <param name="jails">Where its root is kept.</param>
    /// <param name="canBe">Whether KVM may be tried.</param>
    internal QemuMonitor(string? path, JailRoots jails, bool canBe = true)
    {
        _path = path;
        _tried = new(() => path is null
            ? Task.FromResult(new QemuChoice(false, "it is tried by QEMU, which is not installed", TierVerdict.No("QEMU is not installed", "apt install qemu-system-x86, or name it as qemu under [runtime] in skerry.toml")))
            : Task.Run(() => new QemuTrial(jails.Ensure(QemuJail.Program(path))).Try(canBe)));
    }

    internal override MonitorKind Kind => MonitorKind.Qemu;

    internal override string Name => "QEMU";

    internal override string JailName => QemuJail.Name;

    internal override Task<TierVerdict> Tried => Verdict();

    /// <summary>Why KVM runs no guest here; empty: it does.</summary>
    internal async Task<string> KvmReason() => (await _tried.Value.ConfigureAwait(false)).KvmReason;

    internal override JailProgram Program => QemuJail.Program(_path ?? throw new IsolationException("QEMU is not installed; apt install qemu-system-x86"));

    /// <summary>Beside the libraries: what it writes to its disk a guest loses with its end, and until then it is a file in here.</summary>
    internal override IReadOnlyList<string> Environment => [.. QemuJail.Environment, "TMPDIR=/var"];

    /// <summary>Emulation keeps translated code (tb-size below) and tables; measured: 55 MiB beside a guest of 128 MiB, all of which was in use.</summary>
    internal override long Overhead => UsesKvm ? 48L << 20 : 96L << 20;

    internal override string KernelWords => UsesKvm ? string.Empty : TscWords();

    private bool UsesKvm => _tried.Value is { IsCompletedSuccessfully: true } done && done.Result.UsesKvm;

    internal override IReadOnlyList<JailDevice> Devices(GuestPlan plan)
    {
        List<JailDevice> devices = [];
        if (UsesKvm)
        {
            devices.Add(JailDevice.Kvm);
        }

        if (plan.Network is not null)
        {
            devices.Add(JailDevice.Tun);
        }

        return devices;
    }

    /// <summary>
    /// Every argument is of a fixed form, with numbers, names of this node, and one text: the kernel's command line, which QEMU takes as it is
    /// (-append is no list of options).
    /// </summary>
    internal override IReadOnlyList<string> Arguments(GuestPlan plan)
    {
        List<string> arguments =
        [
            "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            .. QemuJail.DataArguments,
            "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
            .. Machine(UsesKvm),
            "-m", plan.MemoryMiB.ToString(CultureInfo.InvariantCulture),
            "-smp", plan.Processors.ToString(CultureInfo.InvariantCulture),
            .. QemuEvents.Arguments,
            "-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console",

            // A guest says its exit code by writing it to this port.
            "-device", "isa-debug-exit,iobase=0xf4,iosize=0x4",
            "-kernel", GuestPlan.Kernel,
            "-append", plan.CommandLine,
        ];
        if (plan.HasInitrd)
        {
            arguments.AddRange(["-initrd", GuestPlan.Initrd]);
        }

        if (plan.HasBlock)
        {
            arguments.AddRange(["-drive", $"id=disk,if=none,format=raw,snapshot=on,file={GuestPlan.Block}", "-device", "virtio-blk-device,drive=disk"]);
        }

        if (plan.Network is { } network)
        {
            arguments.AddRange(
            [
                "-netdev", $"tap,id=net,ifname={network.Tap},script=no,downscript=no",
                "-device", string.Create(CultureInfo.InvariantCulture, $"virtio-net-device,netdev=net,mac={network.Mac},host_mtu={network.Mtu}"),
            ]);
        }

        return arguments;
    }

    /// <summary>
    /// Odd codes are what the guest wrote, doubled and one more (hw/misc/debugexit.c): 1 to 63. 1 itself is QEMU's own failure, and beyond 128 it
    /// was a signal that ended QEMU.
    /// </summary>
    internal override int GuestCode(int code) => code is > 1 and < 128 && code % 2 == 1 ? code / 2 : code;

    internal override MountPlan? Events(string bundle, IdRange? ids) => QemuEvents.Lay(bundle, ids);

    internal override bool WasReset(string bundle) => QemuEvents.WasReset(bundle);

    /// <summary>The machine, the same for the trial and for guests.</summary>
    internal static IReadOnlyList<string> Machine(bool kvm) => kvm
        ? ["-M", "microvm,acpi=on,isa-serial=on", "-accel", "kvm", "-cpu", "host"]
        : ["-M", "microvm,acpi=on,pit=off,pic=off,rtc=on,isa-serial=on", "-accel", "tcg,tb-size=32", "-cpu", "qemu64,+arat"];

    /// <summary>
    /// Under emulation the time-stamp counter is the node's own, and a guest that measures it against an emulated clock on a busy machine measures
    /// wrong. In a virtual machine "cpu MHz" is its true rate; elsewhere it is what the core runs at just now, so nothing is said.
    /// </summary>
    private static string TscWords()
    {
        double? rate = null;
        foreach (var line in File.ReadLines("/proc/cpuinfo"))
        {
            if (line.StartsWith("cpu MHz", StringComparison.Ordinal) && double.TryParse(line.AsSpan(line.IndexOf(':', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture, out var megahertz))
            {
                rate = megahertz;
            }
            else if (line.StartsWith("flags", StringComparison.Ordinal))
            {
                return rate is { } known && line.Contains(" hypervisor", StringComparison.Ordinal)
                    ? string.Create(CultureInfo.InvariantCulture, $"tsc=reliable tsc_early_khz={(long)(known * 1000)}")
                    : string.Empty;
            }
        }

        return string.Empty;
    }

    private async Task<TierVerdict> Verdict() => (await _tried.Value.ConfigureAwait(false)).Verdict;
}
