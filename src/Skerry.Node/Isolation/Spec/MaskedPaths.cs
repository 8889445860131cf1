namespace Skerry.Node.Isolation.Spec;

/// <summary>
/// Files of /proc and /sys that a container never sees (an empty file or directory is put over them) or never writes.
/// The union of what runc, containerd, podman and moby hide, and what leaked since.
/// </summary>
internal static class MaskedPaths
{
    /// <summary>Hidden, and why.</summary>
    public static IReadOnlyList<(string Path, string Why)> Masked { get; } =
    [
        ("/proc/acpi", "switches hardware (CVE-2018-10892)"),
        ("/proc/asound", "sound hardware, and who uses it"),
        ("/proc/interrupts", "timing of the neighbours' interrupts, keystrokes included"),
        ("/proc/kallsyms", "kernel addresses, of use to a kernel exploit only"),
        ("/proc/kcore", "the machine's memory"),
        ("/proc/keys", "key names of other namespaces"),
        ("/proc/latency_stats", "what the neighbours wait for"),
        ("/proc/sched_debug", "every task of the machine"),
        ("/proc/scsi", "removes disks when written (CVE-2017-16539)"),
        ("/proc/timer_list", "timers of every task"),
        ("/proc/timer_stats", "timers of every task"),
        ("/sys/dev/block", "the machine's disks"),
        ("/sys/devices/virtual/powercap", "energy counters tell secrets (PLATYPUS, CVE-2020-8694)"),
        ("/sys/firmware", "firmware tables and EFI variables"),
        ("/sys/fs/selinux", "the machine's policy"),
    ];

    /// <summary>Visible but never written, and why.</summary>
    public static IReadOnlyList<(string Path, string Why)> ReadOnly { get; } =
    [
        ("/proc/bus", "PCI configuration space"),
        ("/proc/fs", "file system controls (nfsd, ext4, jbd2)"),
        ("/proc/irq", "moves the machine's interrupts"),
        ("/proc/sys", "sysctls, core_pattern and modprobe among them"),
        ("/proc/sysrq-trigger", "reboots the machine"),
    ];

    /// <summary>The thermal_throttle directories of this machine's CPUs: temperature tells neighbours' load apart.</summary>
    public static IReadOnlyList<string> ThermalThrottle(string sysfs = "/sys")
    {
        var cpus = Path.Combine(sysfs, "devices/system/cpu");
        return Directory.Exists(cpus)
            ? [.. Directory.EnumerateDirectories(cpus, "cpu*")
                .Select(d => Path.Combine(d, "thermal_throttle"))
                .Where(Directory.Exists)
                .Select(d => "/sys" + d[sysfs.Length..])
                .Order(StringComparer.Ordinal)]
            : [];
    }
}
