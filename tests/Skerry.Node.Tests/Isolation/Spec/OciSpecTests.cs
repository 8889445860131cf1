using System.Diagnostics;
using System.Text.Json.Nodes;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Isolation.Spec;
using Skerry.Oci.Manifests;

namespace Skerry.Node.Tests.Isolation.Spec;

public sealed class OciSpecTests
{
    private static JsonNode Written(ContainerPlan plan) => JsonNode.Parse(OciSpec.Write(plan))!;

    private static string[] Strings(JsonNode? array) => [.. array!.AsArray().Select(n => (string)n!)];

    private static string Refusal(Action<ContainerSpec> change) =>
        Assert.Throws<SpecRefusedException>(() => OciSpec.Write(Plans.Ordinary(change))).Message;

    [Fact]
    public void Labels_and_annotations_of_images_and_pods_never_reach_the_runtime()
    {
        var plan = Plans.Ordinary(
            s => s.Labels["run.oci.hooks.stdout"] = "/etc/cron.d/x",
            new ImageProcess { Cmd = ["/bin/true"], Labels = new Dictionary<string, string> { ["run.oci.handler"] = "krun", ["io.katacontainers.config.hypervisor.path"] = "/x" } });
        plan.Pod.Annotations["run.oci.seccomp.receiver"] = "/run/x";
        plan.Pod.Annotations["run.oci.seccomp_bpf_data"] = "AAAA";
        plan.Pod.Labels["run.oci.delegate-cgroup"] = "x";
        var json = Written(plan);
        Assert.Equal(
            ["io.skerry.container.name", "io.skerry.pod.id", "io.skerry.pod.name", "io.skerry.seccomp", "run.oci.seccomp_bpf_data"],
            json["annotations"]!.AsObject().Select(p => p.Key).Order(StringComparer.Ordinal));
        Assert.Equal("AAAA+/8=", (string)json["annotations"]!["run.oci.seccomp_bpf_data"]!);
        Assert.Null(json["hooks"]);
    }

    [Fact]
    public void Runc_gets_the_profile_itself_and_no_crun_annotation()
    {
        var json = Written(Plans.Ordinary() with { Runtime = RuntimeKind.Runc });
        Assert.Equal("SCMP_ACT_ERRNO", (string)json["linux"]!["seccomp"]!["defaultAction"]!);
        Assert.Null(json["annotations"]!["run.oci.seccomp_bpf_data"]);
    }

    [Fact]
    public void The_default_is_no_new_privileges_and_a_short_list_of_capabilities_none_ambient()
    {
        var process = Written(Plans.Ordinary())["process"]!;
        Assert.True((bool)process["noNewPrivileges"]!);
        Assert.Equal(8, process["capabilities"]!["bounding"]!.AsArray().Count);
        Assert.Empty(process["capabilities"]!["ambient"]!.AsArray());
        Assert.Empty(process["capabilities"]!["inheritable"]!.AsArray());
    }

    [Fact]
    public void Dropping_all_and_adding_one_leaves_one_capability()
    {
        var process = Written(Plans.Ordinary(s =>
        {
            s.CapDrop.Add("all");
            s.CapAdd.Add("net_raw");
        }))["process"]!;
        Assert.Equal(["CAP_NET_RAW"], Strings(process["capabilities"]!["effective"]));
    }

    [Fact]
    public void An_unknown_capability_or_one_in_both_lists_is_refused()
    {
        Assert.Contains("CAP_ROOT", Refusal(s => s.CapAdd.Add("CAP_ROOT")), StringComparison.Ordinal);
        Assert.Contains("both", Refusal(s =>
        {
            s.CapAdd.Add("KILL");
            s.CapDrop.Add("CAP_KILL");
        }), StringComparison.Ordinal);
    }

    [Fact]
    public void Entrypoint_replaces_the_images_command_and_args_replace_only_its_cmd()
    {
        var image = new ImageProcess { Entrypoint = ["/entry"], Cmd = ["a"] };
        Assert.Equal(["/entry", "a"], Strings(Written(Plans.Ordinary(image: image))["process"]!["args"]));
        Assert.Equal(["/entry", "b"], Strings(Written(Plans.Ordinary(s => s.Args.Add("b"), image))["process"]!["args"]));
        Assert.Equal(["/x"], Strings(Written(Plans.Ordinary(s => s.Entrypoint.Add("/x"), image))["process"]!["args"]));
        Assert.Throws<SpecRefusedException>(() => OciSpec.Write(Plans.Ordinary(image: new ImageProcess())));
    }

    [Fact]
    public void The_environment_has_defaults_and_the_later_value_wins()
    {
        var image = new ImageProcess { Cmd = ["/x"], Env = ["PATH=/opt", "A=1", "=bad", "bad"] };
        var env = Strings(Written(Plans.Ordinary(s =>
        {
            s.Tty = true;
            s.Env.Add("A=2");
        }, image))["process"]!["env"]);
        Assert.Equal(["PATH=/opt", "HOSTNAME=shop", "TERM=xterm", "A=2", "HOME=/root"], env);
        Assert.Contains("KEY=VALUE", Refusal(s => s.Env.Add("bad")), StringComparison.Ordinal);
        Assert.Contains("NUL", Refusal(s => s.Env.Add("A=b\0c")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/proc/self/fd/8")]
    [InlineData("/proc//self/./fd/7/../../../x")]
    [InlineData("proc/self/cwd")]
    [InlineData("/a/../../b")]
    public void A_working_directory_through_proc_or_upwards_is_refused(string directory) =>
        Assert.Contains("working_dir", Refusal(s => s.WorkingDir = directory), StringComparison.Ordinal);

    [Fact]
    public void A_joined_network_namespace_is_joined_and_a_host_one_has_no_entry()
    {
        var joined = Written(Plans.Ordinary() with { Namespaces = new() { Network = "/run/netns/p" } })["linux"]!["namespaces"]!.AsArray();
        Assert.Equal("/run/netns/p", (string)joined.Single(n => (string)n!["type"]! == "network")!["path"]!);
        var host = Written(Plans.Ordinary() with { Namespaces = new() { HostNetwork = true } });
        Assert.DoesNotContain(host["linux"]!["namespaces"]!.AsArray(), n => (string)n!["type"]! == "network");
        Assert.Equal("bind", (string)host["mounts"]!.AsArray().Single(m => (string)m!["destination"]! == "/sys")!["type"]!);
    }

    [Theory]
    [InlineData(true, true, "sysfs", true)]
    [InlineData(true, false, "bind", false)]
    [InlineData(false, true, "bind", false)]
    public void A_sysfs_and_a_message_queue_are_mounted_only_by_who_owns_the_namespaces(bool owned, bool joinsUsers, string sys, bool queue)
    {
        var mounts = Written(Plans.Ordinary() with
        {
            Namespaces = new() { Network = "/n", Ipc = "/i", NetworkOwnedByPod = owned, IpcOwnedByPod = owned, User = joinsUsers ? "/u" : null },
            SysfsSource = "/run/skerry/sys",
        })["mounts"]!.AsArray();
        var found = mounts.Single(m => (string)m!["destination"]! == "/sys")!;
        Assert.Equal(sys, (string)found["type"]!);
        Assert.Equal(sys == "bind" ? "/run/skerry/sys" : "sysfs", (string)found["source"]!);
        Assert.Equal(queue, mounts.Any(m => (string)m!["destination"]! == "/dev/mqueue"));
    }

    [Fact]
    public void Host_users_has_neither_namespace_nor_mapping()
    {
        var linux = Written(Plans.Ordinary() with { Users = null })["linux"]!;
        Assert.DoesNotContain(linux["namespaces"]!.AsArray(), n => (string)n!["type"]! == "user");
        Assert.Null(linux["uidMappings"]);
    }

    [Fact]
    public void Without_a_device_filter_host_users_is_refused() =>
        Assert.Throws<SpecRefusedException>(() => OciSpec.Write(Plans.Ordinary() with { Users = null, DeviceCgroup = false }));

    [Fact]
    public void Limits_become_the_runtimes_fields()
    {
        var resources = Written(Plans.Ordinary(s => s.Resources = new() { MemoryBytes = 64 << 20, CpuMillis = 250, CpuShares = 512, CpusetCpus = "0-1", Pids = 32 }))["linux"]!["resources"]!;
        Assert.Equal(64 << 20, (long)resources["memory"]!["limit"]!);
        Assert.Equal(64 << 20, (long)resources["memory"]!["swap"]!);
        Assert.Equal(25000, (long)resources["cpu"]!["quota"]!);
        Assert.Equal(100000, (long)resources["cpu"]!["period"]!);
        Assert.Equal(32, (long)resources["pids"]!["limit"]!);
        Assert.Equal(8192, (long)Written(Plans.Ordinary())["linux"]!["resources"]!["pids"]!["limit"]!);
        Assert.Null(Written(Plans.Ordinary(s => s.Resources = new() { Pids = -1 }))["linux"]!["resources"]!["pids"]);
    }

    [Fact]
    public void Limits_that_cannot_be_are_refused()
    {
        Assert.Contains("memory_bytes", Refusal(s => s.Resources = new() { MemoryBytes = 1000 }), StringComparison.Ordinal);
        Assert.Contains("memory_swap_bytes", Refusal(s => s.Resources = new() { MemoryBytes = 64 << 20, MemorySwapBytes = 32 << 20 }), StringComparison.Ordinal);
        Assert.Contains("cpu_millis", Refusal(s => s.Resources = new() { CpuMillis = 5 }), StringComparison.Ordinal);
        Assert.Contains("cpuset_cpus", Refusal(s => s.Resources = new() { CpusetCpus = "0\n/x" }), StringComparison.Ordinal);
        Assert.Contains("pids", Refusal(s => s.Resources = new() { Pids = -2 }), StringComparison.Ordinal);
        Assert.Contains("pids: 99999999999 is above 4194304", Refusal(s => s.Resources = new() { Pids = 99_999_999_999 }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_limit_above_the_daemons_own_is_refused_with_the_most_that_can_be_had()
    {
        var limits = new HostLimits { Hard = new Dictionary<string, ulong>(StringComparer.Ordinal) { ["RLIMIT_NOFILE"] = 20000 }, OomScoreFloor = 100 };
        var plan = Plans.Ordinary(s => s.Rlimits.Add(new Rlimit { Type = "nofile", Soft = 1, Hard = 30000 })) with { Limits = limits };
        Assert.Contains("at most 20000", Assert.Throws<SpecRefusedException>(() => OciSpec.Write(plan)).Message, StringComparison.Ordinal);
        var process = Written(Plans.Ordinary() with { Limits = limits })["process"]!;
        Assert.Equal(20000, (long)process["rlimits"]!.AsArray().Single(r => (string)r!["type"]! == "RLIMIT_NOFILE")!["hard"]!);
        Assert.Equal(100, (int)process["oomScoreAdj"]!);
        Assert.Throws<SpecRefusedException>(() => OciSpec.Write(Plans.Ordinary(s => s.OomScoreAdj = -5) with { Limits = limits }));
    }

    [Fact]
    public void Only_namespaced_sysctls_are_set_and_network_ones_by_the_node()
    {
        var plan = Plans.Ordinary() with { Namespaces = new() { Network = "/run/netns/p" } };
        plan.Pod.Sysctls["net.ipv4.ip_forward"] = "1";
        plan.Pod.Sysctls["kernel.shmmax"] = "1024";
        var sysctl = Written(plan)["linux"]!["sysctl"]!.AsObject();
        Assert.Equal(["kernel.shmmax"], sysctl.Select(p => p.Key));
        Assert.Equal("1", SysctlRules.Split(plan.Pod.Sysctls, plan.Namespaces).ByNode["net.ipv4.ip_forward"]);
        foreach (var bad in new[] { "kernel.core_pattern", "net/../kernel/core_pattern", "kernel..x", "vm.overcommit_memory", "fs.mqueue./../../kernel/modprobe" })
        {
            var hostile = Plans.Ordinary();
            hostile.Pod.Sysctls[bad] = "|/x";
            Assert.Throws<SpecRefusedException>(() => OciSpec.Write(hostile));
        }
    }

    [Fact]
    public void An_id_outside_the_pods_range_is_refused() =>
        Assert.Throws<SpecRefusedException>(() => OciSpec.Write(Plans.Ordinary() with { User = new(70000, 0, [], "/") }));

    [Fact]
    public void Writing_a_spec_takes_less_than_a_third_of_a_millisecond()
    {
        var plan = Plans.Ordinary(s => s.Resources = new() { MemoryBytes = 64 << 20, CpuMillis = 100, Pids = 20 });
        var (best, limit, whole) = (TimeSpan.MaxValue, TimeSpan.FromMilliseconds(0.3), Stopwatch.StartNew());

        // Until the code is compiled as it will stay, which the runtime does when it finds the time.
        for (var round = 0; round < 20 || (best >= limit && whole.Elapsed < TimeSpan.FromSeconds(30)); round++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < 100; i++)
                OciSpec.Write(plan);
            var each = Stopwatch.GetElapsedTime(start) / 100;
            best = each < best ? each : best;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{best.TotalMicroseconds:F1} µs a spec");
        Assert.True(best < limit, best.ToString());
    }
}
