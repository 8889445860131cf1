using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Cgroups;

/// <summary>
/// How this machine's control groups are mounted (cgroups(7)). A value: parsed once from /proc/self/mountinfo; nothing
/// is mounted or changed here, ever.
/// </summary>
internal sealed record CgroupLayout
{
    /// <summary>v1, hybrid or v2.</summary>
    public required CgroupMode Mode { get; init; }

    /// <summary>Mount point of the v2 hierarchy; null where there is none.</summary>
    public string? Unified { get; init; }

    /// <summary>Controllers that the v2 root offers.</summary>
    public IReadOnlyList<string> UnifiedControllers { get; init; } = [];

    /// <summary>Mount point by v1 controller; named hierarchies as <c>name=systemd</c>.</summary>
    public IReadOnlyDictionary<string, string> Controllers { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Every mount point in which a container has a directory, without duplicates.</summary>
    public IEnumerable<string> Roots => Controllers.Values.Concat(Unified is null ? [] : [Unified]).Distinct(StringComparer.Ordinal);

    /// <summary>True where swap can be limited and read.</summary>
    public bool SwapAccounting { get; init; }

    /// <summary>
    /// True where crun 1.8 refuses to run in plain sight: a hybrid layout whose v2 side holds controllers
    /// (libcrun/cgroup.c). It then runs with a tmpfs over <see cref="Unified"/> in a mount namespace of its own.
    /// </summary>
    public bool HidesUnifiedFromCrun => Mode == CgroupMode.Hybrid && UnifiedControllers.Count > 0;

    /// <summary>This machine's layout.</summary>
    /// <exception cref="CgroupException">No control groups are mounted.</exception>
    public static CgroupLayout Detect()
    {
        var layout = Parse(File.ReadAllText("/proc/self/mountinfo"), mount =>
        {
            var file = Path.Combine(mount, "cgroup.controllers");
            return File.Exists(file) ? File.ReadAllText(file) : "";
        });
        return layout with
        {
            SwapAccounting = layout.Controllers.TryGetValue("memory", out var memory)
                ? File.Exists(Path.Combine(memory, "memory.memsw.limit_in_bytes"))
                : File.Exists("/proc/swaps"), // v2 shows memory.swap.max below the root wherever the kernel has swap
        };
    }

    /// <summary>From the text of mountinfo (proc_pid_mountinfo(5)) and of a v2 mount's cgroup.controllers.</summary>
    /// <exception cref="CgroupException">No control groups are mounted.</exception>
    public static CgroupLayout Parse(string mountinfo, Func<string, string> unifiedControllers)
    {
        Dictionary<string, string> controllers = new(StringComparer.Ordinal);
        string? unified = null;
        foreach (var line in mountinfo.Split('\n'))
        {
            var fields = line.Split(' ');
            var dash = Array.IndexOf(fields, "-", Math.Min(6, fields.Length));
            if (dash < 0 || fields.Length < dash + 4)
                continue;
            var (root, mount) = (fields[3], Unescape(fields[4]));
            if (root != "/")
                continue; // a bind mount of some group, not the hierarchy
            if (fields[dash + 1] == "cgroup2")
            {
                unified ??= mount;
            }
            else if (fields[dash + 1] == "cgroup")
            {
                foreach (var option in fields[dash + 3].Split(','))
                {
                    if (option.StartsWith("name=", StringComparison.Ordinal) || Known.Contains(option, StringComparer.Ordinal))
                        controllers.TryAdd(option, mount);
                }
            }
        }

        var any = controllers.Keys.Any(k => !k.StartsWith("name=", StringComparison.Ordinal));
        if (unified is null && !any)
            throw new CgroupException("no control groups are mounted", "mount cgroup2 on /sys/fs/cgroup, as systemd or the distribution's cgroupfs-mount does");
        return new()
        {
            Mode = unified is null ? CgroupMode.V1 : any ? CgroupMode.Hybrid : CgroupMode.V2,
            Unified = unified,
            UnifiedControllers = unified is null ? [] : unifiedControllers(unified).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries),
            Controllers = controllers,
        };
    }

    // include/linux/cgroup_subsys.h
    private static readonly string[] Known =
        ["cpuset", "cpu", "cpuacct", "blkio", "memory", "devices", "freezer", "net_cls", "perf_event", "net_prio", "hugetlb", "pids", "rdma", "misc"];

    /// <summary>Space, tab, newline and backslash are octal in mountinfo.</summary>
    private static string Unescape(string text) => text
        .Replace("\\040", " ", StringComparison.Ordinal)
        .Replace("\\011", "\t", StringComparison.Ordinal)
        .Replace("\\012", "\n", StringComparison.Ordinal)
        .Replace("\\134", "\\", StringComparison.Ordinal);
}
