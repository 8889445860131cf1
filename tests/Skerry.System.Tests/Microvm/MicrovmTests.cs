using System.Globalization;
using Skerry.Contracts.Node.V1;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Microvm;

/// <summary>The microVM tier by the real command line: the same behaviour as in the process tier, on a kernel of its own.</summary>
public sealed class MicrovmTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private readonly TestNode _node = fixture.Node;
    private readonly string _image = fixture.Image;

    [Fact]
    [Trait("Promise", "P-50")]
    public async Task A_microVM_has_a_kernel_of_its_own_and_the_node_says_how_it_runs()
    {
        Need();
        var kernel = File.ReadAllText("/proc/version");
        Assert.NotEqual(kernel, (await Run("cat", "/proc/version")).Ok);
        _ = (await _node.Cli("run", "-d", "--name", "m1", "--tier", "microvm", _image, "sleep", "100")).Ok;
        Assert.Contains("QEMU ", (await _node.Cli("inspect", "m1")).Ok, StringComparison.Ordinal);
        _ = (await _node.Cli("rm", "-f", "m1")).Ok;
    }

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 42", 42)]
    public async Task The_exit_code_is_the_programs(string script, int code)
    {
        Need();
        Assert.Equal(code, (await Run("sh", "-c", script)).Code);
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_told()
    {
        Need();
        var said = await Run("nothing-here");
        Assert.Equal(127, said.Code);
        Assert.Contains("nothing-here", said.Error, StringComparison.Ordinal);

        // Nobody is attached: `run` itself says it, and the container why.
        Assert.Contains("nothing-here", (await _node.Cli("run", "-d", "--name", "m15", "--tier", "microvm", _image, "nothing-here")).Failed(127), StringComparison.Ordinal);
        var ended = await _node.Inspect("m15");
        Assert.Equal((ContainerState.Failed, 127), (ended.State, ended.ExitCode));
        Assert.Contains("nothing-here", ended.Reason, StringComparison.Ordinal);
        Assert.Contains("nothing-here", (await _node.Cli("start", "m15")).Error, StringComparison.Ordinal);
        _ = (await _node.Cli("rm", "m15")).Ok;
        _ = (await _node.Cli("run", "-d", "--rm", "--name", "m16", "--tier", "microvm", _image, "nothing-here")).Failed(127);
    }

    [Fact]
    public async Task User_environment_directory_streams_layers_and_host_name_are_those_of_the_request()
    {
        Need();
        var said = await _node.CliWith(
            "in\n", "run", "--rm", "-i", "--tier", "microvm", "--hostname", "box", "-u", "app", "-w", "/home/app", "-e", "A=b c", _image, "sh", "-c",
            "id -u; id -g; pwd; echo $A $FROM_IMAGE; cat own; stat -c %u own; cat /etc/layer; ls /gone 2>/dev/null || echo no; hostname; cat; echo oops >&2");
        Assert.Equal(("1000\n1000\n/home/app\nb c yes\nmine\n1000\n3\nno\nbox\nin\n", "oops\n"), (said.Ok, said.Error));
    }

    [Fact]
    public async Task Much_output_and_input_go_through_whole()
    {
        Need();
        var lines = string.Concat(Enumerable.Range(0, 40_000).Select(static i => i.ToString(CultureInfo.InvariantCulture) + "\n"));
        Assert.Equal(lines, (await _node.CliWith(lines, "run", "--rm", "-i", "--tier", "microvm", _image, "cat")).Ok);
    }

    [Fact]
    public async Task Stopping_sends_the_signal_to_the_program_and_its_log_is_kept()
    {
        Need();
        _ = (await _node.Cli("run", "-d", "--name", "m2", "--tier", "microvm", _image, "sh", "-c", "trap 'echo bye; exit 5' TERM; echo up; while :; do sleep 0.05; done")).Ok;
        await Up("m2");
        _ = (await _node.Cli("stop", "m2")).Ok;
        var ended = await _node.Inspect("m2");
        Assert.Equal((ContainerState.Exited, 5), (ended.State, ended.ExitCode));
        Assert.Equal("up\nbye\n", (await _node.Cli("logs", "m2")).Ok);
        _ = (await _node.Cli("start", "m2")).Ok;
        Assert.Equal(ContainerState.Running, (await _node.Inspect("m2")).State);
        _ = (await _node.Cli("rm", "-f", "m2")).Ok;
    }

    [Fact]
    public async Task Exec_pause_and_stats_work()
    {
        Need();
        _ = (await _node.Cli("run", "-d", "--name", "m3", "--tier", "microvm", "--memory", "64Mi", _image, "sh", "-c", "echo up; sleep 100")).Ok;
        await Up("m3");
        Assert.Equal("1000\n/tmp\nv\n", (await _node.Cli("exec", "-u", "app", "-w", "/tmp", "-e", "K=v", "m3", "sh", "-c", "id -u; pwd; echo $K")).Ok);
        Assert.Equal(3, (await _node.Cli("exec", "m3", "sh", "-c", "exit 3")).Code);
        _ = (await _node.Cli("pause", "m3")).Ok;
        Assert.Equal(ContainerState.Paused, (await _node.Inspect("m3")).State);
        _ = (await _node.Cli("resume", "m3")).Ok;

        // The limit is the container's, which only the guest knows: the jail's own is another.
        Assert.Matches("ISOLATION\n.* / 64(\\.0)?MiB.* [0-9.]+MiB *\n", (await _node.Cli("stats", "--no-stream", "m3")).Ok);
        Assert.Contains("microVM", (await _node.Cli("cp", "m3:/bin/busybox", "/tmp/never")).Failed(1), StringComparison.Ordinal);
        _ = (await _node.Cli("rm", "-f", "m3")).Ok;
    }

    [Fact]
    public async Task One_that_still_boots_is_paused_and_updated_as_soon_as_it_can_be()
    {
        Need();
        _ = (await _node.Cli("run", "-d", "--name", "m14", "--tier", "microvm", "--memory", "64Mi", _image, "sh", "-c", "echo up; sleep 100")).Ok;
        _ = (await _node.Cli("pause", "m14")).Ok;
        Assert.Equal(ContainerState.Paused, (await _node.Inspect("m14")).State);
        _ = (await _node.Cli("resume", "m14")).Ok;
        _ = (await _node.Cli("stop", "-t", "0", "m14")).Ok;
        _ = (await _node.Cli("start", "m14")).Ok;
        _ = (await _node.Cli("update", "--pids", "50", "m14")).Ok;
        _ = (await _node.Cli("rm", "-f", "m14")).Ok;
    }

    [Fact]
    public async Task More_memory_than_the_limit_ends_the_container_and_is_told()
    {
        Need();
        _ = (await _node.Cli("run", "-d", "--name", "m4", "--tier", "microvm", "--memory", "32Mi", _image, "tail", "/dev/zero")).Ok;
        var ended = await _node.UntilState("m4", ContainerState.Exited, seconds: 90);
        Assert.Equal((137, true), (ended.ExitCode, ended.OomKilled));
        _ = (await _node.Cli("rm", "m4")).Ok;
    }

    [Fact]
    [Trait("Promise", "P-50")]
    public async Task A_microVM_runs_on_when_the_daemon_is_killed()
    {
        Need();
        _ = (await _node.Cli("run", "-d", "--name", "m5", "--tier", "microvm", _image, "sh", "-c", "trap 'exit 5' TERM; echo up; while :; do sleep 0.05; done")).Ok;
        await Up("m5");
        var before = await _node.Inspect("m5");
        _node.Kill9();
        await _node.StartAgain();
        var after = await _node.Inspect("m5");
        Assert.Equal((ContainerState.Running, before.Pid), (after.State, after.Pid));
        Assert.Equal("here\n", (await _node.Cli("exec", "m5", "echo", "here")).Ok);
        _ = (await _node.Cli("stop", "m5")).Ok;
        Assert.Equal(5, (await _node.Inspect("m5")).ExitCode);
        _ = (await _node.Cli("rm", "m5")).Ok;
    }

    [Fact]
    public async Task A_VMM_that_is_killed_ends_the_pod_with_the_reason_and_a_restart_brings_a_new_machine()
    {
        Need();
        _ = (await _node.Cli("run", "-d", "--name", "m6", "--tier", "microvm", "--restart", "always", _image, "sh", "-c", "echo up; sleep 100")).Ok;
        await Up("m6");
        var first = Machine.Of(_node);
        first.KillVmm();
        await Running.Until(async () => (await _node.Inspect("m6")) is { State: ContainerState.Running, Restarts: 1 }, () => "it was not started again", seconds: 90);
        await Running.Until(async () => (await _node.Cli("logs", "m6")).Out.Split("up").Length == 3, () => "its program is not up again", seconds: 90);
        Assert.Contains("VMM was killed by signal 9", (await _node.Cli("logs", "m6")).Error + (await _node.Cli("logs", "m6")).Out, StringComparison.Ordinal);
        _ = (await _node.Cli("rm", "-f", "m6")).Ok;
    }

    [Fact]
    [Trait("Promise", "P-51")]
    public async Task The_jail_of_a_VMM_has_nothing_of_the_node_and_no_rights()
    {
        Need();
        _ = (await _node.Cli("run", "-d", "--name", "m7", "--tier", "microvm", _image, "sh", "-c", "echo up; sleep 100")).Ok;
        await Up("m7");
        var machine = Machine.Of(_node);
        var status = machine.Status();
        Assert.Equal("0000000000000000", status["CapEff"]);
        Assert.Equal("0000000000000000", status["CapBnd"]);
        Assert.Equal("1", status["NoNewPrivs"]);
        Assert.Equal("2", status["Seccomp"]);
        Assert.NotEqual("0", status["Uid"].Split('\t')[0]);
        Assert.Equal(["bin", "boot", "dev", "etc", "lib", "lib64", "proc", "run", "sbin", "sys", "tmp", "usr", "var"], machine.RootEntries());
        Assert.Equal(["qemu-system-x86_64", "skerry-vmm"], machine.Entries("bin"));
        Assert.All(machine.OpenFiles(), static f => Assert.DoesNotContain("journal", f, StringComparison.Ordinal));
        _ = (await _node.Cli("rm", "-f", "m7")).Ok;
    }

    [Fact]
    public async Task Two_pods_on_the_network_reach_each_other_and_a_published_port_reaches_a_guest()
    {
        Need();
        _ = (await _node.Cli(
            "run", "-d", "--name", "m8", "--tier", "microvm", "--network", "bridge", _image, "sh", "-c", "mkdir /tmp/w; echo hello > /tmp/w/index.html; echo up; httpd -f -p 80 -h /tmp/w")).Ok;
        await Up("m8");
        var address = (await _node.Pods.InspectAsync(new InspectPodRequest { Container = "m8" })).Pod.Addresses[0].Address.Split('/')[0];
        Said? fetched = null;
        await Running.Until(
            async () => (fetched = await _node.Cli("run", "--rm", "--network", "bridge", _image, "wget", "-q", "-O", "-", $"http://{address}/")).Out == "hello\n", () => $"its server does not answer: {fetched}", seconds: 90);
        Assert.Equal("hello\n", (await _node.Cli("run", "--rm", "--tier", "microvm", "--network", "bridge", _image, "wget", "-q", "-O", "-", $"http://{address}/")).Ok);
        _ = (await _node.Cli("rm", "-f", "m8")).Ok;
    }

    [Theory]
    [InlineData("--userns", "host", "host_users")]
    [InlineData("--device", "/dev/null", "devices")]
    [InlineData("--network", "host", "network")]
    [InlineData("--memory-swap", "256Mi", "memory_swap_bytes")]
    [InlineData("--cpuset-cpus", "0", "resources.cpuset_cpus")]
    public async Task What_a_microVM_does_not_do_is_refused_before_anything_is_made(string option, string value, string field)
    {
        Need();
        Assert.Contains(field + ":", (await _node.Cli("run", "--rm", "--tier", "microvm", option, value, _image, "true")).Failed(125), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Promise", "P-50")]
    public async Task Without_QEMU_the_tier_is_refused_with_what_to_install()
    {
        await using var node = await TestNode.StartAsync("[microvm]\npath = \"/nowhere/qemu\"\n");
        var image = await node.PullSmall();
        Assert.Contains("QEMU", (await node.Cli("run", "--rm", "--tier", "microvm", image, "true")).Failed(125), StringComparison.Ordinal);
    }

    private static void Need()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/qemu-system-x86_64"), "needs QEMU: apt-get install qemu-system-x86");
        Assert.SkipUnless(File.Exists(Path.Combine(Path.GetDirectoryName(Programs.Daemon)!, "guest", "kernel")), "needs a guest: scripts/guest");
    }

    private Task Up(string name) => Running.Until(async () => (await _node.Cli("logs", name)).Out.Contains("up", StringComparison.Ordinal), () => "the program is not up", seconds: 90);

    private Task<Said> Run(params string[] command) => _node.Cli(["run", "--rm", "--tier", "microvm", _image, .. command]);
}
