using System.Globalization;
using System.Text.Json;
using Skerry.Contracts.Node.V1;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Sandbox;

/// <summary>The sandbox tier by the real command line: the same behaviour as in the process tier, on another kernel.</summary>
public sealed class SandboxTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private readonly TestNode _node = fixture.Node;
    private readonly string _image = fixture.Image;

    [Fact]
    [Trait("Promise", "P-47")]
    public async Task A_sandbox_has_a_kernel_of_its_own_and_the_node_says_why_it_has_that_tier()
    {
        Need();
        var kernel = File.ReadAllText("/proc/version");
        Assert.Equal(kernel, (await Run("process", "cat", "/proc/version")).Ok);
        Assert.NotEqual(kernel, (await Run("sandbox", "cat", "/proc/version")).Ok);
        _ = (await _node.Cli("run", "-d", "--name", "s1", "--tier", "sandbox", _image, "sleep", "100")).Ok;
        var inspected = (await _node.Cli("inspect", "s1")).Ok;
        Assert.Contains("gVisor by ", inspected, StringComparison.Ordinal);
        _ = (await _node.Cli("rm", "-f", "s1")).Ok;
    }

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 42", 42)]
    [InlineData("kill -KILL $$", 137)]
    public async Task The_exit_code_is_the_programs(string script, int code)
    {
        Need();
        Assert.Equal(code, (await Run("sandbox", "sh", "-c", script)).Code);
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_told()
    {
        Need();
        Assert.Contains("nothing-here", (await Run("sandbox", "nothing-here")).Failed(127), StringComparison.Ordinal);
    }

    [Fact]
    public async Task User_environment_directory_streams_and_host_name_are_those_of_the_request()
    {
        Need();
        var said = await _node.CliWith(
            "in\n", "run", "--rm", "-i", "--tier", "sandbox", "--hostname", "box", "-u", "app", "-w", "/home/app", "-e", "A=b c", _image, "sh", "-c", "id -u; id -g; pwd; echo $A $FROM_IMAGE; cat own; hostname; cat; echo oops >&2");
        Assert.Equal(("1000\n1000\n/home/app\nb c yes\nmine\nbox\nin\n", "oops\n"), (said.Ok, said.Error));
    }

    [Fact]
    public async Task Stopping_sends_the_signal_to_the_program_and_its_log_is_kept()
    {
        Need();
        _ = (await _node.Cli("run", "-d", "--name", "s2", "--tier", "sandbox", _image, "sh", "-c", "trap 'echo bye; exit 5' TERM; echo up; while :; do sleep 0.05; done")).Ok;
        await Running.Until(async () => (await _node.Cli("logs", "s2")).Out.Contains("up", StringComparison.Ordinal), () => "the program is not up");
        _ = (await _node.Cli("stop", "s2")).Ok;
        var ended = await _node.Inspect("s2");
        Assert.Equal((ContainerState.Exited, 5), (ended.State, ended.ExitCode));
        Assert.Equal("up\nbye\n", (await _node.Cli("logs", "s2")).Ok);
        _ = (await _node.Cli("rm", "s2")).Ok;
    }

    [Fact]
    public async Task Exec_pause_and_stats_work_and_its_files_stay_over_a_restart()
    {
        Need();
        _ = (await _node.Cli("run", "-d", "--name", "s3", "--tier", "sandbox", _image, "sleep", "100")).Ok;
        Assert.Equal("1000\n/tmp\nv\n", (await _node.Cli("exec", "-u", "app", "-w", "/tmp", "-e", "K=v", "s3", "sh", "-c", "id -u; pwd; echo $K")).Ok);
        Assert.Equal(3, (await _node.Cli("exec", "s3", "sh", "-c", "exit 3")).Code);
        _ = (await _node.Cli("exec", "s3", "sh", "-c", "echo kept > /kept")).Ok;
        _ = (await _node.Cli("pause", "s3")).Ok;
        Assert.Equal(ContainerState.Paused, (await _node.Inspect("s3")).State);
        _ = (await _node.Cli("resume", "s3")).Ok;

        // The sentry counts too: what the sandbox costs is what it uses.
        Assert.Matches(@"MiB", (await _node.Cli("stats", "--no-stream", "s3")).Ok);
        Assert.Contains("sandbox", (await _node.Cli("cp", "s3:/kept", "/tmp/never")).Failed(1), StringComparison.Ordinal);
        _ = (await _node.Cli("stop", "-t", "0", "s3")).Ok;
        _ = (await _node.Cli("start", "s3")).Ok;
        Assert.Equal("kept\n", (await _node.Cli("exec", "s3", "cat", "/kept")).Ok);
        _ = (await _node.Cli("rm", "-f", "s3")).Ok;
    }

    [Fact]
    public async Task More_memory_than_the_limit_ends_the_sandbox()
    {
        Need();
        _ = (await _node.Cli("run", "-d", "--name", "s4", "--tier", "sandbox", "--memory", "96Mi", _image, "tail", "/dev/zero")).Ok;
        Assert.Equal(137, (await _node.UntilState("s4", ContainerState.Exited, seconds: 60)).ExitCode);
        _ = (await _node.Cli("rm", "s4")).Ok;
    }

    [Fact]
    public async Task A_volume_is_shown_and_a_read_only_one_refuses_writing()
    {
        Need();
        var shown = Directory.CreateDirectory(Path.Combine(_node.Home, "shown")).FullName;
        await File.WriteAllTextAsync(Path.Combine(shown, "f"), "from the node\n", TestContext.Current.CancellationToken);
        var said = await _node.Cli(
            "run", "--rm", "--tier", "sandbox", "-v", shown + ":/rw", "-v", shown + ":/ro:ro", _image, "sh", "-c", "cat /ro/f; echo mine > /rw/g && cat /ro/g; touch /ro/h 2>/dev/null || echo refused");
        Assert.Equal("from the node\nmine\nrefused\n", said.Ok);
        Assert.Equal("mine\n", await File.ReadAllTextAsync(Path.Combine(shown, "g"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_gVisor_itself_uses_is_told_from_what_the_program_does()
    {
        Need();
        const ulong Held = 40 << 20;
        _ = (await _node.Cli("run", "-d", "--name", "s9", "--tier", "sandbox", _image, "sh", "-c", "head -c 40m /dev/zero > /dev/shm/x; echo up; sleep 1000")).Ok;
        await Running.Until(async () => (await _node.Cli("logs", "s9")).Out.Contains("up", StringComparison.Ordinal), () => "it is not up");

        using var stats = JsonDocument.Parse((await _node.Cli("stats", "--no-stream", "-o", "json", "s9")).Ok);
        var (all, isolation) = (Number("memoryBytes"), Number("isolationMemoryBytes"));
        Assert.InRange(isolation, 1UL << 20, all - Held);
        Assert.Contains("ISOLATION", (await _node.Cli("stats", "--no-stream", "s9")).Ok, StringComparison.Ordinal);
        _ = (await _node.Cli("rm", "-f", "s9")).Ok;

        ulong Number(string name) => stats.RootElement[0].GetProperty(name).GetUInt64();
    }

    [Fact]
    public async Task A_published_port_reaches_the_sandboxs_own_network_stack()
    {
        Need();
        var port = Loopback.FreePort();
        _ = (await _node.Cli(
            "run", "-d", "--name", "s5", "--tier", "sandbox", "-p", $"127.0.0.1:{port}:80", _image, "sh", "-c", "mkdir /tmp/w; echo hello > /tmp/w/index.html; httpd -f -p 80 -h /tmp/w")).Ok;
        Assert.Equal("hello\n", await Loopback.Get(port));

        // Also when its control socket is looked for from outside the pod's network.
        Assert.Contains("eth0", (await _node.Cli("exec", "s5", "ip", "addr")).Ok, StringComparison.Ordinal);
        _ = (await _node.Cli("rm", "-f", "s5")).Ok;
    }

    [Fact]
    [Trait("Promise", "P-47")]
    public async Task A_sandbox_runs_on_when_the_daemon_is_killed()
    {
        Need();
        _ = (await _node.Cli("run", "-d", "--name", "s6", "--tier", "sandbox", _image, "sh", "-c", "trap 'exit 5' TERM; echo up; while :; do sleep 0.05; done")).Ok;
        await Running.Until(async () => (await _node.Cli("logs", "s6")).Out.Contains("up", StringComparison.Ordinal), () => "the program is not up");
        var before = await _node.Inspect("s6");
        _node.Kill9();
        await _node.StartAgain();
        var after = await _node.Inspect("s6");
        Assert.Equal((ContainerState.Running, before.Pid), (after.State, after.Pid));
        Assert.Equal("here\n", (await _node.Cli("exec", "s6", "echo", "here")).Ok);
        _ = (await _node.Cli("stop", "s6")).Ok;
        Assert.Equal(5, (await _node.Inspect("s6")).ExitCode);
        _ = (await _node.Cli("rm", "s6")).Ok;
    }

    [Theory]
    [InlineData("--userns", "host", "host_users")]
    [InlineData("--network", "host", "network")]
    [InlineData("--device", "/dev/null", "devices")]
    [InlineData("--sysctl", "net.ipv4.ip_forward=1", "sysctls")]
    [InlineData("--memory", "16Mi", "memory")]
    public async Task What_gvisor_does_not_do_is_refused_before_anything_is_made(string option, string value, string field)
    {
        Need();
        Assert.Contains(field + ":", (await _node.Cli("run", "--rm", "--tier", "sandbox", option, value, _image, "true")).Failed(125), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Promise", "P-47")]
    public async Task Without_runsc_the_tier_is_refused_with_what_to_install()
    {
        await using var node = await TestNode.StartAsync("[runtime]\nsandbox = \"/nowhere/runsc\"\n");
        var image = await node.PullSmall();
        Assert.Contains("runsc", (await node.Cli("run", "--rm", "--tier", "sandbox", image, "true")).Failed(125), StringComparison.Ordinal);
    }

    private static void Need()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/runsc"), "needs gVisor: apt-get install runsc");
    }

    private Task<Said> Run(string tier, params string[] command) => _node.Cli(["run", "--rm", "--tier", tier, _image, .. command]);
}
