using System.Diagnostics;
using System.Globalization;
using Skerry.Node.Isolation.Cgroups;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Tests.Isolation.Cgroups;

public sealed class CgroupTests
{
    private const string Hybrid = """
        23 1 0:22 / /sys rw - sysfs sysfs rw
        31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
        32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:4 - cgroup cgroup rw,cpu,cpuacct
        35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
        36 31 0:33 / /sys/fs/cgroup/with\040space rw,relatime - cgroup cgroup rw,pids
        40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd
        41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
        50 31 0:32 /docker/x /run/bound rw,relatime - cgroup cgroup rw,memory
        """;

    [Fact]
    public void A_hybrid_layout_is_read_with_its_controllers()
    {
        var layout = CgroupLayout.Parse(Hybrid, _ => "hugetlb\n");
        Assert.Equal(CgroupMode.Hybrid, layout.Mode);
        Assert.Equal("/sys/fs/cgroup/cpu,cpuacct", layout.Controllers["cpuacct"]);
        Assert.Equal("/sys/fs/cgroup/with space", layout.Controllers["pids"]);
        Assert.Equal("/sys/fs/cgroup/memory", layout.Controllers["memory"]);
        Assert.True(layout.HidesUnifiedFromCrun);
        Assert.False(CgroupLayout.Parse(Hybrid, _ => "").HidesUnifiedFromCrun);
        Assert.Equal("/sys/fs/cgroup/memory/skerry/i/p", new Cgroup(layout, Cgroup.PathOf("i", "p")).Directory("memory"));
        Assert.Equal("/sys/fs/cgroup/unified/skerry/i/p", new Cgroup(layout, Cgroup.PathOf("i", "p")).Directory("hugetlb"));
        Assert.Null(new Cgroup(layout, Cgroup.PathOf("i", "p")).Directory("rdma"));
    }

    [Fact]
    public void Pure_layouts_are_told_apart_and_none_is_an_error()
    {
        Assert.Equal(CgroupMode.V2, CgroupLayout.Parse("30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n31 23 0:27 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd", _ => "cpu memory pids").Mode);
        Assert.Equal(CgroupMode.V1, CgroupLayout.Parse("30 23 0:26 / /c rw - cgroup cgroup rw,cpu", _ => "").Mode);
        Assert.Contains("mount cgroup2", Assert.Throws<CgroupException>(() => CgroupLayout.Parse("", _ => "")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_group_outside_the_nodes_own_tree_cannot_be_named()
    {
        var layout = CgroupLayout.Parse(Hybrid, _ => "");
        foreach (var path in new[] { "/", "/system.slice", "/skerry/../x", "/skerryx/y" })
            Assert.Throws<ArgumentException>(() => new Cgroup(layout, path));
    }

    [Fact]
    public void The_groups_of_a_process_are_read_by_controller() =>
        Assert.Equal("/b:c", Cgroup.ParseProcess("4:memory:/a\n3:cpu,cpuacct:/b:c\n0::/u\n")["cpu,cpuacct"]);

    [Fact]
    public void An_update_keeps_the_order_that_the_kernel_demands()
    {
        var grow = CgroupUpdate.Writes(new() { MemoryBytes = 200 }, unified: false, (_, _) => 100);
        Assert.Equal(["memory.memsw.limit_in_bytes", "memory.limit_in_bytes"], grow.Select(w => w.File));
        var shrink = CgroupUpdate.Writes(new() { MemoryBytes = 50 }, unified: false, (_, _) => 100);
        Assert.Equal(["memory.limit_in_bytes", "memory.memsw.limit_in_bytes"], shrink.Select(w => w.File));
        Assert.Equal("25000 100000", CgroupUpdate.Writes(new() { CpuMillis = 250 }, unified: true, (_, _) => null).Single().Value);
        Assert.Equal(39UL, CgroupUpdate.Weight(1024));
        Assert.Empty(CgroupUpdate.Writes(new(), unified: false, (_, _) => null));
    }

    [Fact]
    public void A_real_group_is_read_killed_and_removed()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        var layout = CgroupLayout.Detect();
        var group = new Cgroup(layout, Cgroup.PathOf(string.Create(CultureInfo.InvariantCulture, $"test-{Environment.ProcessId}"), "p"));
        var parent = new Cgroup(layout, Path.GetDirectoryName(group.Path)!);
        try
        {
            CgroupDelegation.Prepare(layout, group.Path);
            foreach (var root in layout.Roots)
                Directory.CreateDirectory(root + group.Path);
            Assert.SkipWhen(layout.Controllers.ContainsKey("cpuset") && group.Directory("memory") is null, "needs the memory controller");
            group.Update(new() { MemoryBytes = 64 << 20, Pids = 50 });

            // A shell that joins the group in every hierarchy it may, and forks for ever.
            var join = string.Join('\n', group.Directories.Where(d => !d.Contains("cpuset", StringComparison.Ordinal)).Select(d => $"echo $$ > '{d}/cgroup.procs'"));
            using var process = System.Diagnostics.Process.Start(new ProcessStartInfo("/bin/sh", ["-c", join + "\nfor i in 1 2 3 4 5; do sleep 1000 & done; echo ready; while :; do sleep 0.001 & wait $!; done"]) { RedirectStandardOutput = true })!;
            Assert.Equal("ready", process.StandardOutput.ReadLine());
            var stats = group.Stats()!;
            Assert.Equal(64UL << 20, stats.MemoryLimitBytes);
            Assert.Equal(50UL, stats.PidsLimit);
            Assert.InRange(stats.Pids, 5UL, 50UL);
            Assert.True(stats.CpuNanoseconds > 0);
            Assert.InRange(stats.MemoryPeakBytes, 1UL, 64UL << 20);
            Assert.Contains(process.Id, group.Processes());
            Assert.EndsWith(group.Path, Cgroup.OfProcess(process.Id).First(p => p.Key.Contains("memory", StringComparison.Ordinal) || p.Key.Length == 0).Value, StringComparison.Ordinal);
            Assert.False(group.IsFrozen());
            Assert.Throws<CgroupException>(group.Remove);
            Assert.True(group.Kill(TimeProvider.System, TimeSpan.FromSeconds(10)));
            process.WaitForExit();
        }
        finally
        {
            group.Kill(TimeProvider.System, TimeSpan.FromSeconds(5));
            parent.Remove();
        }

        Assert.False(group.Exists);
        Assert.Null(group.Stats());
    }
}
