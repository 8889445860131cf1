using System.Globalization;
using System.Runtime.InteropServices;
using Skerry.Linux.Files;
using Skerry.Node.Policy;

namespace Skerry.Node.Survey;

/// <summary>What the kernel says of the machine without any trial: its size, its devices, and what the node's root lies on.</summary>
internal static class DeviceProbe
{
    /// <summary>Device nodes of accelerators: directory, pattern, kind.</summary>
    private static readonly (string Directory, string Pattern, string Kind)[] Known =
    [
        ("/dev", "nvidia[0-9]", "gpu"), // NVIDIA's driver
        ("/dev/dri", "renderD*", "gpu"), // the kernel's drivers
        ("/dev", "kfd", "gpu"), // AMD compute
        ("/dev/accel", "accel*", "npu"), // Documentation/accel
        ("/dev", "apex_*", "npu"), // Coral
        ("/dev", "rknpu*", "npu"), // Rockchip
        ("/dev", "fpga[0-9]", "fpga"),
        ("/dev", "dfl-fme.*", "fpga"), // Documentation/fpga/dfl.rst
        ("/dev", "xdma*", "fpga"), // AMD Xilinx
    ];

    /// <summary>A profile in which nothing has been tried.</summary>
    internal static DeviceProfile Read(MachineFiles machine, string nodeRoot, string cgroup) => new()
    {
        Architecture = Architecture(RuntimeInformation.OSArchitecture),
        CoreMillis = CoreMillis(machine),
        MemoryBytes = Memory(machine, "MemTotal:"),
        SwapBytes = Memory(machine, "SwapTotal:"),
        Kvm = new KvmVerdict(null, 0, "it has not been tried since the machine was started", string.Empty),
        Tiers = [],
        Tees = TeeProbe.All(machine),
        SecurityModules = machine.Text("/sys/kernel/security/lsm").Split(',', StringSplitOptions.RemoveEmptyEntries),
        Cgroup = cgroup,
        Accelerators = [.. Accelerators(machine)],
        Storage = Medium(machine, nodeRoot),
    };

    /// <summary>How many a list such as 0-3,6 names (cputopology.rst).</summary>
    internal static uint CountOf(string list)
    {
        uint count = 0;
        foreach (var part in list.Trim().Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = part.Split('-');
            if (uint.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
                && uint.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var last)
                && last >= first)
            {
                count += last - first + 1;
            }
        }

        return count;
    }

    /// <summary>As uname(1) says it.</summary>
    internal static string Architecture(Architecture architecture) => architecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "x86_64",
        System.Runtime.InteropServices.Architecture.Arm64 => "aarch64",
        System.Runtime.InteropServices.Architecture.RiscV64 => "riscv64",
        _ => architecture.ToString().ToLowerInvariant(),
    };

    /// <summary>Processors, or less where the group that stands for the whole machine has a quota (a node in a container).</summary>
    internal static int CoreMillis(MachineFiles machine)
    {
        var cores = (int)Math.Max(1, CountOf(machine.Text("/sys/devices/system/cpu/online"))) * 1000;
        var quota = machine.Text("/sys/fs/cgroup/cpu.max").Split(' ') is [var most, var period] ? (most, period)
            : (machine.Text("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"), machine.Text("/sys/fs/cgroup/cpu/cpu.cfs_period_us"));
        return long.TryParse(quota.Item1, NumberStyles.None, CultureInfo.InvariantCulture, out var used)
            && long.TryParse(quota.Item2, NumberStyles.None, CultureInfo.InvariantCulture, out var each) && each > 0
            ? (int)Math.Min(cores, used * 1000 / each)
            : cores;
    }

    /// <summary>A line of /proc/meminfo, in bytes.</summary>
    internal static long Memory(MachineFiles machine, string name)
    {
        foreach (var line in machine.Text("/proc/meminfo").Split('\n'))
        {
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var key, var kilobytes, ..] && key == name && long.TryParse(kilobytes, CultureInfo.InvariantCulture, out var count))
            {
                return count * 1024;
            }
        }

        return 0;
    }

    /// <summary>What a block device is, by its place in sysfs (Documentation/ABI/stable/sysfs-block).</summary>
    internal static StorageMedium MediumOf(MachineFiles machine, uint major, uint minor)
    {
        var link = machine.At(string.Create(CultureInfo.InvariantCulture, $"/sys/dev/block/{major}:{minor}"));
        if (major == 0 || !Path.Exists(link))
        {
            return StorageMedium.Unknown;
        }

        var directory = Directory.ResolveLinkTarget(link, returnFinalTarget: true)?.FullName ?? link;
        var disk = File.Exists(Path.Combine(directory, "partition")) ? Path.GetDirectoryName(directory)! : directory;
        var name = Path.GetFileName(disk);
        if (name.StartsWith("nvme", StringComparison.Ordinal))
        {
            return StorageMedium.Nvme;
        }

        if (name.StartsWith("mmcblk", StringComparison.Ordinal))
        {
            return StorageMedium.Mmc;
        }

        var rotational = Path.Combine(disk, "queue", "rotational");
        return !File.Exists(rotational) ? StorageMedium.Unknown
            : File.ReadAllText(rotational).Trim() == "1" ? StorageMedium.Rotational : StorageMedium.Flash;
    }

    private static StorageMedium Medium(MachineFiles machine, string nodeRoot)
    {
        if (StorageProbes.Holding(Path.GetFullPath(nodeRoot), machine.Text("/proc/self/mountinfo")).Type is "tmpfs" or "ramfs")
        {
            return StorageMedium.Memory;
        }

        return FileCalls.Status(null, nodeRoot) is { } status ? MediumOf(machine, status.FileSystem.Major, status.FileSystem.Minor) : StorageMedium.Unknown;
    }

    private static IEnumerable<Accelerator> Accelerators(MachineFiles machine)
    {
        foreach (var (directory, pattern, kind) in Known)
        {
            // A pattern's [0-9] is one digit and more: what the file system knows of patterns is * alone.
            var digits = pattern.IndexOf("[0-9]", StringComparison.Ordinal);
            var start = digits < 0 ? pattern : pattern[..digits];
            foreach (var name in machine.Names(directory, digits < 0 ? pattern : start + "*"))
            {
                if (digits < 0 || (name.Length > start.Length && name.AsSpan(start.Length).IndexOfAnyExceptInRange('0', '9') < 0))
                {
                    yield return new Accelerator(kind, Path.Combine(directory, name));
                }
            }
        }
    }
}
