using System.Globalization;
using Skerry.Contracts.Node.V1;
using Skerry.Linux;
using Skerry.Linux.Processes;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Cgroups;

/// <summary>
/// One control group that this node owns: the same path below every hierarchy. The OCI runtime makes it; this reads,
/// changes, kills and removes it, and does nothing outside <c>/skerry/INSTANCE</c>. What must hold: the instance is this
/// node's alone, so that several nodes on one machine never touch each other's groups.
/// </summary>
internal sealed class Cgroup
{
    private readonly CgroupLayout _layout;

    /// <param name="layout">This machine's layout.</param>
    /// <param name="path">Absolute path in each hierarchy, from <see cref="PathOf"/>.</param>
    public Cgroup(CgroupLayout layout, string path)
    {
        if (!path.StartsWith("/skerry/", StringComparison.Ordinal) || path.Split('/').Any(p => p is ".." or "."))
            throw new ArgumentException($"{path} is not below /skerry", nameof(path));
        _layout = layout;
        Path = path;
    }

    /// <summary>Path in each hierarchy.</summary>
    public string Path { get; }

    /// <summary>The group of a node, of a pod or of a container.</summary>
    public static string PathOf(string instance, params ReadOnlySpan<string> below)
    {
        var path = "/skerry/" + instance;
        foreach (var part in below)
            path += "/" + part;
        return path;
    }

    /// <summary>The directory in the hierarchy of a v1 controller, or in the v2 one where that has it; null where neither has.</summary>
    public string? Directory(string controller) =>
        _layout.Controllers.TryGetValue(controller, out var mount) ? mount + Path
        : _layout.Mode == CgroupMode.V2 || _layout.UnifiedControllers.Contains(controller, StringComparer.Ordinal) ? _layout.Unified + Path
        : null;

    /// <summary>The group's directories that exist.</summary>
    public IEnumerable<string> Directories => _layout.Roots.Select(r => r + Path).Where(global::System.IO.Directory.Exists);

    /// <summary>Whether the group exists in any hierarchy.</summary>
    public bool Exists => Directories.Any();

    /// <summary>
    /// Reads all counters; null when the group is gone.
    /// </summary>
    public CgroupStats? Stats() => !Exists ? null : _layout.Mode == CgroupMode.V2 ? UnifiedStats(_layout.Unified + Path) : LegacyStats();

    /// <summary>Process ids in the group and below it.</summary>
    public IReadOnlyList<int> Processes()
    {
        HashSet<int> all = [];
        foreach (var directory in Directories)
        {
            foreach (var group in Tree(directory))
                all.UnionWith(CgroupFiles.Processes(group));
        }

        return [.. all];
    }

    /// <summary>True while the group is frozen.</summary>
    public bool IsFrozen() => _layout.Controllers.TryGetValue("freezer", out var freezer)
        ? CgroupFiles.Read(freezer + Path, "freezer.state")?.Trim() == "FROZEN"
        : _layout.Unified is { } unified && CgroupFiles.Key(CgroupFiles.Read(unified + Path, "cgroup.events"), "frozen") == 1;

    /// <summary>
    /// Ends every process in the group and below it. 1. v2: one write to cgroup.kill, which no fork escapes. 2. Else
    /// freeze, so that nothing forks meanwhile; 3. SIGKILL to each; 4. thaw, so that they can die. 5. Look again, for
    /// what was forked before the freeze took hold.
    /// </summary>
    /// <returns>True when no process is left.</returns>
    public bool Kill(TimeProvider time, TimeSpan patience)
    {
        var deadline = time.GetTimestamp() + (long)(patience.TotalSeconds * time.TimestampFrequency);
        if (_layout.Mode == CgroupMode.V2 && ProcFile.TryWrite(_layout.Unified + Path + "/cgroup.kill", "1") == Errno.None)
            return WaitEmpty(time, deadline);
        var state = _layout.Controllers.TryGetValue("freezer", out var freezer) ? freezer + Path + "/freezer.state"
            : _layout.Unified is { } unified ? unified + Path + "/cgroup.freeze" : null;
        var v1 = state is not null && state.EndsWith("freezer.state", StringComparison.Ordinal);
        do
        {
            if (Processes() is not { Count: > 0 } processes)
                return true;
            if (state is not null)
                ProcFile.TryWrite(state, v1 ? "FROZEN" : "1");
            foreach (var pid in Processes().Union(processes))
                KillOne(pid);
            if (state is not null)
                ProcFile.TryWrite(state, v1 ? "THAWED" : "0");
            Pause(time);
        }
        while (time.GetTimestamp() < deadline);
        return Processes().Count == 0;
    }

    /// <summary>Removes the group and those below it from every hierarchy. Processes still in it: EBUSY.</summary>
    /// <exception cref="LinuxException">A directory could not be removed.</exception>
    public void Remove()
    {
        foreach (var directory in Directories.ToList())
        {
            foreach (var group in Enumerable.Reverse(Tree(directory)))
            {
                try
                {
                    global::System.IO.Directory.Delete(group);
                }
                catch (DirectoryNotFoundException)
                {
                    // removed by the runtime meanwhile
                }
                catch (IOException error)
                {
                    throw new CgroupException($"{group} cannot be removed: {error.Message}", "a process is still in it; kill it first");
                }
            }
        }
    }

    /// <summary>The groups directly below this one, by name.</summary>
    public IReadOnlyList<string> Children() =>
        [.. Directories.SelectMany(global::System.IO.Directory.EnumerateDirectories).Select(d => global::System.IO.Path.GetFileName(d)!).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>The group of a process in each hierarchy, by controller list as /proc/PID/cgroup names it; empty when it is gone.</summary>
    public static IReadOnlyDictionary<string, string> OfProcess(int pid)
    {
        try
        {
            return ParseProcess(File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/cgroup")));
        }
        catch (IOException)
        {
            return new Dictionary<string, string>(StringComparer.Ordinal);
        }
    }

    /// <summary>From the text of /proc/PID/cgroup: <c>ID:CONTROLLERS:PATH</c> lines; the v2 line has no controllers.</summary>
    public static IReadOnlyDictionary<string, string> ParseProcess(string text)
    {
        Dictionary<string, string> groups = new(StringComparer.Ordinal);
        foreach (var line in text.Split('\n'))
        {
            var parts = line.Split(':', 3);
            if (parts.Length == 3)
                groups[parts[1]] = parts[2];
        }

        return groups;
    }

    /// <summary>Changes limits while the container runs; fields that are 0 stay as they are.</summary>
    /// <exception cref="LinuxException">The kernel refused a value: EBUSY when memory cannot be reclaimed down to the limit.</exception>
    public void Update(Contracts.Node.V1.Resources wanted)
    {
        foreach (var (controller, file, value) in CgroupUpdate.Writes(wanted, _layout.Mode == CgroupMode.V2, Current))
        {
            var directory = Directory(controller)
                ?? throw new CgroupException($"this machine has no {controller} controller", "enable it in the kernel, or leave the limit out");
            ProcFile.Write(global::System.IO.Path.Combine(directory, file), value);
        }

        ulong? Current(string controller, string file) =>
            Directory(controller) is { } directory ? CgroupFiles.Number(CgroupFiles.Read(directory, file)) : null;
    }

    private CgroupStats LegacyStats()
    {
        string? Text(string controller, string file) => Directory(controller) is { } d ? CgroupFiles.Read(d, file) : null;
        var stat = Text("memory", "memory.stat");
        var usage = CgroupFiles.Number(Text("memory", "memory.usage_in_bytes")) ?? 0;
        var inactive = CgroupFiles.Key(stat, "total_inactive_file");
        var limit = CgroupFiles.Number(Text("memory", "memory.limit_in_bytes")) ?? 0;
        var io = CgroupIo.ParseLegacy(Text("blkio", "blkio.throttle.io_service_bytes_recursive") ?? Text("blkio", "blkio.throttle.io_service_bytes"));
        return new()
        {
            CpuNanoseconds = CgroupFiles.Number(Text("cpuacct", "cpuacct.usage")) ?? 0,
            ThrottledPeriods = CgroupFiles.Key(Text("cpu", "cpu.stat"), "nr_throttled"),
            MemoryBytes = usage > inactive ? usage - inactive : 0,
            MemoryLimitBytes = limit >= 1UL << 62 ? 0 : limit, // PAGE_COUNTER_MAX: none
            MemoryPeakBytes = CgroupFiles.Number(Text("memory", "memory.max_usage_in_bytes")) ?? 0,
            Pids = CgroupFiles.Number(Text("pids", "pids.current")) ?? 0,
            PidsLimit = CgroupFiles.Number(Text("pids", "pids.max")) ?? 0,
            IoReadBytes = io.Read,
            IoWriteBytes = io.Written,
            OomKills = CgroupFiles.Key(Text("memory", "memory.oom_control"), "oom_kill"),
        };
    }

    private static CgroupStats UnifiedStats(string directory)
    {
        string? Text(string file) => CgroupFiles.Read(directory, file);
        var cpu = Text("cpu.stat");
        var usage = CgroupFiles.Number(Text("memory.current")) ?? 0;
        var inactive = CgroupFiles.Key(Text("memory.stat"), "inactive_file");
        var io = CgroupIo.ParseUnified(Text("io.stat"));
        return new()
        {
            CpuNanoseconds = CgroupFiles.Key(cpu, "usage_usec") * 1000,
            ThrottledPeriods = CgroupFiles.Key(cpu, "nr_throttled"),
            MemoryBytes = usage > inactive ? usage - inactive : 0,
            MemoryLimitBytes = CgroupFiles.Number(Text("memory.max")) ?? 0,
            MemoryPeakBytes = CgroupFiles.Number(Text("memory.peak")) ?? usage,
            Pids = CgroupFiles.Number(Text("pids.current")) ?? 0,
            PidsLimit = CgroupFiles.Number(Text("pids.max")) ?? 0,
            IoReadBytes = io.Read,
            IoWriteBytes = io.Written,
            OomKills = CgroupFiles.Key(Text("memory.events"), "oom_kill"),
        };
    }

    private bool WaitEmpty(TimeProvider time, long deadline)
    {
        while (Processes().Count > 0)
        {
            if (time.GetTimestamp() >= deadline)
                return false;
            Pause(time);
        }

        return true;
    }

    private static void Pause(TimeProvider time) => Task.Delay(TimeSpan.FromMilliseconds(2), time).GetAwaiter().GetResult();

    private static void KillOne(int pid)
    {
        const int SIGKILL = 9;
        using var process = PidFd.TryOpen(pid);
        if (process is not null)
            PidFd.Signal(process, SIGKILL, pid);
    }

    /// <summary>A directory and all below it, parents first.</summary>
    private static List<string> Tree(string directory)
    {
        List<string> all = [directory];
        for (var i = 0; i < all.Count; i++)
        {
            try
            {
                all.AddRange(global::System.IO.Directory.EnumerateDirectories(all[i]));
            }
            catch (DirectoryNotFoundException)
            {
                // removed meanwhile
            }
        }

        return all;
    }
}
