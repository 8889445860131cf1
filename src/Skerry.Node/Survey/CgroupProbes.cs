using Skerry.Node.Isolation.Cgroups;
using Skerry.Node.Reconcile;

namespace Skerry.Node.Survey;

/// <summary>Which controllers a group of this node really gets: by making one and looking for the files that limits are written to.</summary>
internal static class CgroupProbes
{
    /// <summary>Controller, its file in v1 (cgroup-v1 documentation), its file in v2 (cgroup-v2.rst), and what is lost without it.</summary>
    private static readonly (string Name, string Legacy, string Unified, string Loss)[] Controllers =
    [
        ("memory", "memory.limit_in_bytes", "memory.max", "memory limits"),
        ("pids", "pids.max", "pids.max", "process limits"),
        ("cpu", "cpu.cfs_quota_us", "cpu.max", "CPU limits"),
        ("cpuset", "cpuset.cpus", "cpuset.cpus", "pinning to CPUs"),
        ("io", "blkio.throttle.read_bps_device", "io.max", "I/O limits"),
        ("freezer", "freezer.state", "cgroup.freeze", "pause"),
    ];

    internal static IEnumerable<Probe> All(NodeRooms rooms) =>
        Controllers.Select(c => new Probe("cgroup", c.Name, () => Try(rooms.Instance, c.Name, c.Legacy, c.Unified, c.Loss)));

    private static ProbeResult Try(string instance, string name, string legacyFile, string unifiedFile, string loss)
    {
        var layout = CgroupLayout.Detect();
        var legacy = name == "io" ? "blkio" : name;
        var (mount, file) = layout.Controllers.TryGetValue(legacy, out var at) ? (at, legacyFile)
            : layout.Unified is { } unified && (name == "freezer" || layout.UnifiedControllers.Contains(name, StringComparer.Ordinal)) ? (unified, unifiedFile)
            : (null, string.Empty);
        if (mount is null)
        {
            return ProbeResult.No(
                $"the kernel does not offer the {legacy} controller, so there are no {loss}; enable it (CONFIG_CGROUP_*, cgroup_enable={legacy} on the kernel's command line)");
        }

        CgroupDelegation.Prepare(layout, Cgroup.PathOf(instance));
        var group = mount + Cgroup.PathOf(instance, "trial-" + name);
        Directory.CreateDirectory(group);
        try
        {
            return File.Exists(Path.Combine(group, file))
                ? ProbeResult.Yes(mount == layout.Unified ? "v2" : $"v1 at {mount}")
                : ProbeResult.No($"a new group in {mount} has no {file}, so there are no {loss}; another program holds back the controller: see cgroup.subtree_control of the groups above it");
        }
        finally
        {
            Directory.Delete(group);
        }
    }
}
