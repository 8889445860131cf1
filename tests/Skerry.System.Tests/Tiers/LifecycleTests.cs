using System.Globalization;
using Grpc.Core;
using Skerry.Contracts.Node.V1;
using Skerry.Linux.Terminals;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Tiers;

/// <summary>The life of a container, alike in every tier that runs ordinary images.</summary>
public sealed class LifecycleTests(TierFixture fixture) : IClassFixture<TierFixture>
{
    private readonly TestNode _node = fixture.Node;
    private readonly string _image = fixture.Image;

    public static TheoryData<string> Tiers { get; } = [.. ConformanceTests.Tiers];

    [Theory]
    [MemberData(nameof(Tiers))]
    public async Task It_is_stopped_by_its_signal_and_its_log_is_kept(string tier)
    {
        var name = await Start(tier, "stops", [], "trap 'echo bye; exit 5' TERM; echo up; while :; do sleep 0.05; done");
        await Logged(name, "up");
        _ = (await _node.Cli("stop", name)).Ok;
        var ended = await _node.Inspect(name);
        Assert.Equal((ContainerState.Exited, 5), (ended.State, ended.ExitCode));
        Assert.Equal("up\nbye\n", (await _node.Cli("logs", name)).Ok);
        await Remove(name);
    }

    [Theory]
    [MemberData(nameof(Tiers))]
    public async Task It_is_killed_when_it_does_not_heed_the_signal(string tier)
    {
        var name = await Start(tier, "stays", [], "trap '' TERM; echo up; while :; do sleep 0.05; done");
        await Logged(name, "up");
        _ = (await _node.Cli("stop", "-t", "1", name)).Ok;
        Assert.Equal(137, (await _node.Inspect(name)).ExitCode);
        await Remove(name);
    }

    [Theory]
    [MemberData(nameof(Tiers))]
    public async Task A_signal_reaches_the_program(string tier)
    {
        var name = await Start(tier, "heeds", [], "trap 'echo got it' USR1; echo up; while :; do sleep 0.05; done");
        await Logged(name, "up");
        _ = (await _node.Cli("kill", "-s", "USR1", name)).Ok;
        await Logged(name, "got it");
        Assert.Equal(ContainerState.Running, (await _node.Inspect(name)).State);
        await Remove(name);
    }

    [Theory]
    [MemberData(nameof(Tiers))]
    public async Task It_is_started_again_after_a_stop(string tier)
    {
        var name = await Start(tier, "again", [], "echo run >>/runs; cat /runs; sleep 1000");
        await Logged(name, "run");
        _ = (await _node.Cli("stop", "-t", "0", name)).Ok;
        _ = (await _node.Cli("start", name)).Ok;
        await Running.Until(async () => (await _node.Cli("exec", name, "cat", "/runs")).Out == "run\nrun\n", () => "its file is not as it was", seconds: 90);
        await Remove(name);
    }

    [Theory]
    [MemberData(nameof(Tiers))]
    public async Task One_that_fails_is_started_again_by_its_policy(string tier)
    {
        var name = await Start(tier, "fails", ["--restart", "on-failure"], "exit 3");
        await Running.Until(async () => (await _node.Inspect(name)).Restarts >= 2, () => "it was not started again", seconds: 90);
        await Remove(name);
    }

    [Theory]
    [MemberData(nameof(Tiers))]
    public async Task More_memory_than_its_limit_ends_it_with_137(string tier)
    {
        await fixture.Need(tier);
        var name = "hog-" + tier;
        _ = (await _node.Cli("run", "-d", "--name", name, "--tier", tier, "--memory", "96Mi", _image, "tail", "/dev/zero")).Ok;
        var ended = await _node.UntilState(name, ContainerState.Exited, seconds: 90);
        Assert.Equal(137, ended.ExitCode);
        await Remove(name);
    }

    [Theory]
    [MemberData(nameof(Tiers))]
    public async Task It_is_paused_and_goes_on(string tier)
    {
        var name = await Start(tier, "pauses", [], "n=0; while :; do n=$((n+1)); echo $n; sleep 0.1; done");
        await Logged(name, "2\n");
        _ = (await _node.Cli("pause", name)).Ok;
        Assert.Equal(ContainerState.Paused, (await _node.Inspect(name)).State);
        var before = string.Empty;
        await Running.Until(
            async () =>
            {
                // What was on its way when it was paused may arrive late.
                var earlier = (await _node.Cli("logs", name)).Ok;
                await Task.Delay(500, TestContext.Current.CancellationToken); // time in which a program that runs would have written
                return (before = (await _node.Cli("logs", name)).Ok) == earlier;
            },
            () => "it writes on: " + before,
            seconds: 20);
        await Task.Delay(500, TestContext.Current.CancellationToken);
        Assert.Equal(before, (await _node.Cli("logs", name)).Ok);
        _ = (await _node.Cli("resume", name)).Ok;
        await Running.Until(async () => (await _node.Cli("logs", name)).Out.Length > before.Length, () => "it does not go on");
        await Remove(name);
    }

    [Theory]
    [MemberData(nameof(Tiers))]
    public async Task It_ends_when_it_is_killed_while_it_is_paused(string tier)
    {
        var name = await Start(tier, "frozen", [], "echo up; sleep 1000");
        await Logged(name, "up\n");
        _ = (await _node.Cli("pause", name)).Ok;
        _ = (await _node.Cli("kill", name)).Ok;
        Assert.Equal(137, (await _node.UntilState(name, ContainerState.Exited)).ExitCode);
        await Remove(name);
    }

    [Theory]
    [MemberData(nameof(Tiers))]
    public async Task Limits_that_it_could_not_be_started_with_again_are_refused_while_it_runs(string tier)
    {
        var name = await Start(tier, "limits", [], "echo up; sleep 1000");
        await Logged(name, "up\n");
        Assert.Contains("6291456 (6 MiB)", (await _node.Cli("update", "--memory", "1Mi", name)).Failed(1), StringComparison.Ordinal);
        Assert.Contains("above 4194304", (await _node.Cli("update", "--pids", "99999999999", name)).Failed(1), StringComparison.Ordinal);
        if (tier == "sandbox")
        {
            Assert.Contains("the sandbox's own kernel needs", (await _node.Cli("update", "--memory", "20Mi", name)).Failed(1), StringComparison.Ordinal);
        }

        await Remove(name);
    }

    [Theory]
    [MemberData(nameof(Tiers))]
    public async Task What_it_uses_is_counted(string tier)
    {
        var name = await Start(tier, "counts", [], "while :; do :; done");
        await Running.Until(
            async () =>
            {
                var stats = (await _node.Pods.Stats(new StatsRequest { Containers = { name } }).ResponseStream.ReadAllAsync().FirstAsync()).Containers.Single();
                return stats.CpuNanoseconds > 100_000_000 && stats.MemoryBytes > 0 && stats.Pids > 0;
            },
            () => "processor, memory or processes are not counted",
            seconds: 90);
        await Remove(name);
    }

    [Theory]
    [MemberData(nameof(Tiers))]
    public async Task A_volume_is_shown_and_a_read_only_one_refuses_writing(string tier)
    {
        await fixture.Need(tier);
        var shown = Directory.CreateDirectory(Path.Combine(_node.Home, "shown-" + tier)).FullName;
        await File.WriteAllTextAsync(Path.Combine(shown, "f"), "from the node\n", TestContext.Current.CancellationToken);
        var said = await _node.Cli(
            "run", "--rm", "--tier", tier, "-v", shown + ":/rw", "-v", shown + ":/ro:ro", _image, "sh", "-c", "cat /ro/f; stat -c %u /ro/f; echo mine > /rw/g && cat /ro/g; stat -c %u /rw/g; touch /ro/h 2>/dev/null || echo refused");
        Assert.Equal("from the node\n0\nmine\n0\nrefused\n", said.Ok);
        Assert.Equal("mine\n", await File.ReadAllTextAsync(Path.Combine(shown, "g"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [MemberData(nameof(Tiers))]
    public async Task A_published_port_reaches_it(string tier)
    {
        await fixture.Need(tier);
        var port = Loopback.FreePort();
        var name = "port-" + tier;
        _ = (await _node.Cli(
            "run", "-d", "--name", name, "--tier", tier, "-p", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}:80"), _image, "sh", "-c", "mkdir /tmp/w; echo hello > /tmp/w/index.html; httpd -f -p 80 -h /tmp/w")).Ok;
        Assert.Equal("hello\n", await Loopback.Get(port, seconds: 90));
        await Remove(name);
    }

    [Theory]
    [MemberData(nameof(Tiers))]
    public async Task A_terminal_has_its_size_its_keys_and_its_signals(string tier)
    {
        await fixture.Need(tier);
        const string Program = "trap 'echo size now $(stty size)' WINCH; trap 'echo interrupted; exit 7' INT; echo size $(stty size 2>&1); while :; do read line && echo \"got <$line>\"; done";
        using var terminal = OnTerminal.Cli(_node, new WindowSize(101, 33), "run", "--rm", "-it", "--tier", tier, _image, "sh", "-c", Program);
        // docs/tiers-compared.md: gVisor does not tell the size before it changes.
        await terminal.Shows(tier == "sandbox" ? "size " : "size 33 101", seconds: 90);
        terminal.Type("words\r");
        await terminal.Shows("got <words>");
        terminal.Resize(90, 20);
        terminal.Type("\r"); // a shell that reads heeds the signal when it has read
        await terminal.Shows("size now 20 90");
        terminal.Type("\x03");
        await terminal.Shows("interrupted");
        Assert.Equal(7, await terminal.End());
    }

    [Theory]
    [MemberData(nameof(Tiers))]
    public async Task An_exec_has_a_terminal_too(string tier)
    {
        await fixture.Need(tier);
        using var terminal = OnTerminal.Cli(_node, new WindowSize(80, 24), "exec", "-it", await fixture.Keeper(tier), "sh", "-c", "test -t 0 && echo a terminal; read line; echo \"got <$line>\"; exit 4");
        await terminal.Shows("a terminal");
        terminal.Type("words\r");
        await terminal.Shows("got <words>");
        Assert.Equal(4, await terminal.End());
    }

    [Theory]
    [MemberData(nameof(Tiers))]
    public async Task It_runs_on_when_the_daemon_is_killed(string tier)
    {
        await fixture.Need(tier);
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        _ = (await node.Cli("run", "-d", "--name", "on", "--tier", tier, image, "sh", "-c", "n=0; while :; do n=$((n+1)); echo line $n; sleep 0.1; done")).Ok;
        _ = (await node.Cli("run", "-d", "--name", "ends", "--tier", tier, image, "sh", "-c", "sleep 1; echo done; exit 6")).Ok;
        await Running.Until(async () => (await node.Cli("logs", "on")).Out.Contains("line 1\n", StringComparison.Ordinal), () => "it is not up", seconds: 90);
        var before = await node.Inspect("on");
        node.Kill9();
        await Task.Delay(TimeSpan.FromSeconds(4), TestContext.Current.CancellationToken); // one of them ends meanwhile
        await node.StartAgain();
        var after = await node.Inspect("on");
        Assert.Equal((before.Pid, ContainerState.Running), (after.Pid, after.State));
        var ended = await node.UntilState("ends", ContainerState.Exited, seconds: 90);
        Assert.Equal(6, ended.ExitCode);
        Assert.Equal("done\n", (await node.Cli("logs", "ends")).Ok);

        // Nothing of its log is missing, and it still can be reached.
        var lines = (await node.Cli("logs", "on")).Ok.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Enumerable.Range(1, lines.Length).Select(static n => string.Create(CultureInfo.InvariantCulture, $"line {n}")), lines);
        Assert.Equal("x\n", (await node.Cli("exec", "on", "echo", "x")).Ok);
    }

    [Theory]
    [MemberData(nameof(Tiers))]
    public async Task Two_containers_of_one_pod_share_the_loopback(string tier)
    {
        await fixture.Need(tier);
        Assert.SkipWhen(tier == "sandbox", "docs/tiers-compared.md: a sandbox has one container");
        var spec = new PodSpec
        {
            Name = "pair-" + tier,
            Tier = tier,
            Containers =
            {
                new ContainerSpec { Name = "server", Image = _image, Args = { "sh", "-c", "exec httpd -f -p 127.0.0.1:7000 -h /etc" } },
                new ContainerSpec { Name = "client", Image = _image, Args = { "sh", "-c", "n=0; until wget -q -O - http://127.0.0.1:7000/layer | grep 3; do n=$((n+1)); [ $n -lt 300 ] || exit 1; sleep 0.1; done" } },
            },
        };
        using (var call = _node.Pods.Run())
        {
            await call.RequestStream.WriteAsync(new RunRequest { Start = new RunStart { Pod = spec } });
            await call.RequestStream.CompleteAsync();
            await foreach (var answer in call.ResponseStream.ReadAllAsync())
            {
                _ = answer;
            }
        }

        var exit = (await _node.Pods.WaitAsync(new WaitRequest { Container = $"pair-{tier}/client" }, deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(90))).Exit;
        Assert.Equal(0, exit.Code);
        await Remove("pair-" + tier);
    }

    [Theory]
    [MemberData(nameof(Tiers))]
    public async Task What_happens_to_it_is_told(string tier)
    {
        var name = await Start(tier, "told", [], "exit 2");
        await _node.UntilState(name, ContainerState.Exited, seconds: 90);
        var events = string.Empty;

        // It is exited before that is told.
        await Running.Until(
            async () => (events = (await _node.Cli("events", "--follow=false", "-o", "json", name)).Ok).Contains("container.exit", StringComparison.Ordinal), () => "told is " + events);
        Assert.Contains("container.start", events, StringComparison.Ordinal);
        await Remove(name);
    }

    [Theory]
    [MemberData(nameof(Tiers))]
    public async Task The_node_says_which_tier_it_has_and_why(string tier)
    {
        await fixture.Need(tier);
        var name = await fixture.Keeper(tier);
        Assert.Contains("\"tier\": \"" + tier, (await _node.Cli("inspect", name)).Ok, StringComparison.Ordinal);
        Assert.Contains(tier, (await _node.Cli("ps")).Ok, StringComparison.Ordinal);
    }

    private async Task<string> Start(string tier, string what, string[] options, string script)
    {
        await fixture.Need(tier);
        var name = $"{what}-{tier}";
        _ = (await _node.Cli(["run", "-d", "--name", name, "--tier", tier, .. options, _image, "sh", "-c", script])).Ok;
        return name;
    }

    private Task Logged(string name, string text) =>
        Running.Until(async () => (await _node.Cli("logs", name)).Out.Contains(text, StringComparison.Ordinal), () => $"'{text}' is not in the log of {name}", seconds: 90);

    private async Task Remove(string name) => _ = (await _node.Cli("rm", "-f", name)).Ok;
}
