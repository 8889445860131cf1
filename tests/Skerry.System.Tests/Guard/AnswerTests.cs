using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Skerry.Contracts.Node.V1;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Guard;

/// <summary>What follows on an alert beside a kill: cut off, kept, restarted, told to a program; and when nothing follows.</summary>
public sealed class AnswerTests
{
    private const string Rule = "Handler of the kernel written";
    private const string Acted = "done";
    private const string Act = "actor write-release-agent";

    [Fact]
    [Trait("Promise", "P-144")]
    public async Task A_pod_that_is_cut_off_has_no_network_is_frozen_and_comes_back_when_it_is_released()
    {
        await using var node = await Start($"\"{Rule}\" = \"quarantine\"");
        var image = await Actors.Image();
        (await node.Cli("run", "-d", "--name", "server", "--network", "bridge", image, "sh", "-c", "mkdir /tmp/w; echo hello >/tmp/w/index.html; exec httpd -f -p 80 -h /tmp/w")).Ok.ToString();
        (await node.Cli("run", "-d", "--name", "web", "--network", "bridge", image, "sleep", "1000")).Ok.ToString();
        var address = (await node.List())["server"].Addresses[0].Address.Split('/')[0];
        string[] fetch = ["exec", "web", "sh", "-c", $"printf 'GET /index.html HTTP/1.0\\r\\n\\r\\n' | nc -w 2 {address} 80 | tail -n 1"];
        await Running.Until(async () => (await node.Cli(fetch)).Out == "hello\n", () => "the network does not work: " + node.Cli(fetch).GetAwaiter().GetResult());

        // It may be frozen before it has ended, and ends when the pod is resumed.
        var act = node.Cli("exec", "web", "actor", "write-release-agent");
        await node.UntilState("web", ContainerState.Paused);
        Assert.Contains("(Quarantined)", (await node.Cli("ps")).Ok, StringComparison.Ordinal);
        Assert.Contains($"\"quarantine\": \"rule {Rule}\"", (await node.Cli("inspect", "web")).Ok, StringComparison.Ordinal);

        // Frozen is one thing, cut off another: what is resumed reaches nobody, also after the daemon was killed.
        (await node.Cli("resume", "web")).Ok.ToString();
        await act;
        Assert.Equal(string.Empty, (await node.Cli(fetch)).Out);
        node.Kill9();
        await node.StartAgain();
        Assert.Equal(string.Empty, (await node.Cli(fetch)).Out);
        (await node.Cli("guard", "release", "web")).Ok.ToString();
        await Running.Until(async () => (await node.Cli(fetch)).Out == "hello\n", () => "the pod is not back");
        Assert.Contains("pod.quarantine", (await node.Cli("audit", "show")).Ok, StringComparison.Ordinal);
        (await node.Cli("guard", "release", "web")).Failed(1);
    }

    [Fact]
    [Trait("Promise", "P-144")]
    public async Task A_pod_that_renames_its_interface_and_makes_others_is_cut_off_all_the_same_and_the_node_keeps_its_own()
    {
        const string Disguise = "ip link set eth0 down && ip link set eth0 name other && ip link set other up && ip link add eth0 type veth && echo up; sleep 1000";
        await using var node = await Start("");
        var image = await Actors.Image();
        (await node.Cli("run", "-d", "--name", "server", "--network", "bridge", image, "sh", "-c", "mkdir /tmp/w; echo hello >/tmp/w/index.html; exec httpd -f -p 80 -h /tmp/w")).Ok.ToString();
        (await node.Cli("run", "-d", "--name", "web", "--network", "bridge", "--cap-add", "NET_ADMIN", image, "sh", "-c", Disguise)).Ok.ToString();
        await Running.Until(async () => (await node.Cli("logs", "web")).Ok == "up\n", () => "it could not rename its interface: " + node.Cli("logs", "web").GetAwaiter().GetResult());
        var address = (await node.List())["server"].Addresses[0].Address.Split('/')[0];
        string[] fetch = ["exec", "web", "sh", "-c", $"printf 'GET /index.html HTTP/1.0\\r\\n\\r\\n' | nc -w 2 {address} 80 | tail -n 1"];
        await Running.Until(async () => (await node.Cli(fetch)).Out == "hello\n", () => "the network does not work: " + node.Cli(fetch).GetAwaiter().GetResult());

        const string CountUp = "ip -o link | grep -c ',UP'";
        var before = int.Parse((await Running.Shell(CountUp)).Ok, CultureInfo.InvariantCulture);
        (await node.Cli("guard", "quarantine", "web", "--reason", "a test")).Ok.ToString();
        (await node.Cli("resume", "web")).Ok.ToString();
        Assert.Equal(string.Empty, (await node.Cli(fetch)).Out);
        (await node.Cli("exec", "web", "ip", "link", "set", "other", "up")).ToString();
        Assert.Equal(string.Empty, (await node.Cli(fetch)).Out);
        Assert.Equal(before - 1, int.Parse((await Running.Shell(CountUp)).Ok, CultureInfo.InvariantCulture));
        (await node.Cli("guard", "release", "web")).Ok.ToString();
        await Running.Until(async () => (await node.Cli(fetch)).Out == "hello\n", () => "the pod is not back");
    }

    [Fact]
    [Trait("Promise", "P-144")]
    public async Task What_ends_in_a_pod_that_is_cut_off_starts_again_when_it_is_released()
    {
        await using var node = await Start("");
        (await node.Cli("run", "-d", "--name", "web", "--restart", "always", await Actors.Image(), "sleep", "1000")).Ok.ToString();
        (await node.Cli("guard", "quarantine", "web", "--reason", "a test")).Ok.ToString();
        (await node.Cli("kill", "web")).Ok.ToString();
        await node.UntilState("web", ContainerState.Exited);
        (await node.Cli("guard", "release", "web")).Ok.ToString();
        await node.UntilState("web", ContainerState.Running);
    }

    [Fact]
    [Trait("Promise", "P-144")]
    public async Task A_pod_on_the_nodes_own_network_that_is_cut_off_loses_the_connections_that_it_has()
    {
        await using var node = await Start("");
        (await node.Cli("run", "-d", "--name", "web", "--network", "host", await Actors.Image(), "sh", "-c", "nc -l -p 18444 >/tmp/got & sleep 1000")).Ok.ToString();
        using var line = new global::System.Net.Sockets.TcpClient();
        await Running.Until(
            async () =>
            {
                try
                {
                    await line.ConnectAsync("127.0.0.1", 18444);
                    return true;
                }
                catch (global::System.Net.Sockets.SocketException)
                {
                    return false;
                }
            },
            () => "nobody listens");
        await line.GetStream().WriteAsync("before\n"u8.ToArray());
        await Running.Until(async () => (await node.Cli("exec", "web", "cat", "/tmp/got")).Out == "before\n", () => "the line does not work");
        (await node.Cli("guard", "quarantine", "web", "--reason", "a test")).Ok.ToString();
        (await node.Cli("resume", "web")).Ok.ToString();
        node.Kill9();
        await line.GetStream().WriteAsync("after\n"u8.ToArray());
        await node.StartAgain();
        Assert.Equal("before\n", (await node.Cli("exec", "web", "cat", "/tmp/got")).Ok);
        (await node.Cli("guard", "release", "web")).Ok.ToString();

        // Each try of the kernel's comes after twice the time of the one before.
        await Running.Until(async () => (await node.Cli("exec", "web", "cat", "/tmp/got")).Out == "before\nafter\n", () => "what was held back did not come", seconds: 90);
    }

    [Fact]
    [Trait("Promise", "P-145")]
    public async Task A_pod_of_run_rm_is_started_again_when_its_rule_says_so()
    {
        await using var node = await Start($"\"{Rule}\" = \"restart\"");
        (await node.Cli("run", "-d", "--rm", "--name", "web", await Actors.Image(), "sh", "-c", "echo line >>/kept; exec sleep 1000")).Ok.ToString();
        for (var restarts = 1u; restarts <= 2; restarts++)
        {
            await node.Cli("exec", "web", "actor", "write-release-agent");
            await node.UntilState("web", ContainerState.Running, c => c.Restarts == restarts);
        }

        Assert.Equal("line\nline\nline\n", (await node.Cli("exec", "web", "cat", "/kept")).Ok);
    }

    [Fact]
    [Trait("Promise", "P-145")]
    public async Task The_events_around_an_alert_are_kept_apart_and_can_be_judged_again()
    {
        await using var node = await Start($"\"{Rule}\" = [\"kill\", \"capture\"]", "capture_seconds = 1\n");
        (await node.Cli("run", "--name", "web", await Actors.Image(), "sh", "-c", "cat /etc/shadow >/dev/null; " + Act)).ToString();
        JsonElement capture = default;
        await Running.Until(
            async () => JsonDocument.Parse((await node.Cli("guard", "captures", "-o", "json")).Ok).RootElement.EnumerateArray().ToList() is [var first, ..] && (capture = first).ValueKind == JsonValueKind.Object,
            () => "nothing was kept; " + node.LogTail());
        Assert.Equal((Rule, "web"), (capture.GetProperty("rule").GetString(), capture.GetProperty("pod").GetString()));
        var said = await node.Cli("guard", "replay", "--rules", Path.Combine(Programs.Repository, "rules/skerry.yaml"), "--dir", capture.GetProperty("directory").GetString()!, "-o", "json");
        Assert.Contains(capture.GetProperty("id").GetString()!, said.Ok, StringComparison.Ordinal);
        (await node.Cli("guard", "captures", "rm", capture.GetProperty("id").GetString()!)).Ok.ToString();
        Assert.Equal("[]", (await node.Cli("guard", "captures", "-o", "json")).Ok.Trim());
    }

    [Fact]
    [Trait("Promise", "P-145")]
    public async Task What_was_to_be_kept_when_the_daemon_was_killed_is_kept_by_the_next_one()
    {
        await using var node = await Start($"\"{Rule}\" = [\"kill\", \"capture\"]", "capture_seconds = 10\n");
        var captures = Path.Combine(node.Root, "captures");
        var act = node.Cli("run", "--name", "web", await Actors.Image(), "sh", "-c", Act);
        await Running.Until(() => Directory.Exists(captures) && Directory.GetFiles(captures, "*.asked") is [var asked] && Leftovers.Read(asked).EndsWith('}'), "nothing was asked for");
        node.Kill9();
        await act; // whatever it says: its daemon is gone
        Assert.Empty(Directory.GetDirectories(captures));
        await node.StartAgain();
        await Running.Until(async () => (await node.Cli("guard", "captures")).Ok.Contains(Rule, StringComparison.Ordinal), () => "nothing was kept; " + node.LogTail(), seconds: 60);
        await Running.Until(() => Directory.GetFiles(captures, "*.asked").Length == 0, "it is asked for still");
    }

    [Fact]
    [Trait("Promise", "P-145")]
    public async Task A_container_is_started_again_when_its_rule_says_so_though_its_pod_does_not()
    {
        await using var node = await Start($"\"{Rule}\" = \"restart\"");
        (await node.Cli("run", "-d", "--name", "web", await Actors.Image(), "sleep", "1000")).Ok.ToString();
        await node.Cli("exec", "web", "actor", "write-release-agent");
        var first = await node.UntilState("web", ContainerState.Running, static c => c.Restarts == 1);

        // What was asked for outlives the daemon, and is done once.
        var act = node.Cli("exec", "web", "actor", "write-release-agent");
        while (Directory.Exists($"/proc/{first.Pid}"))
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        node.Kill9();
        await act;
        await node.StartAgain();
        var second = await node.UntilState("web", ContainerState.Running, c => c.Pid != first.Pid);
        using (var program = Process.GetProcessById(second.Pid))
        {
            program.Kill();
        }

        await node.UntilState("web", ContainerState.Exited);
    }

    [Fact]
    [Trait("Promise", "P-145")]
    public async Task A_hook_gets_the_alert_and_what_goes_wrong_with_one_is_told()
    {
        var home = Directory.CreateTempSubdirectory("skerry-hook-").FullName;
        try
        {
            // Below a directory that everybody may write, as /tmp is, no program is trusted: root's own home is.
            var trusted = Path.Combine("/root", Path.GetFileName(home));
            Directory.CreateDirectory(trusted);
            try
            {
                Write(Path.Combine(trusted, "good"), $"#!/bin/sh\ncat >{home}/got.new && mv {home}/got.new {home}/got\n");
                Write(Path.Combine(trusted, "bad"), "#!/bin/sh\necho no luck >&2\nexit 3\n");
                Write(Path.Combine(trusted, "slow"), "#!/bin/sh\nsleep 100\n");
                Write(Path.Combine(home, "foreign"), "#!/bin/sh\ntouch done\n");
                await using var node = await Start(
                    $"\"{Rule}\" = [\"hook:good\", \"hook:bad\", \"hook:slow\", \"hook:foreign\"]\n[guard.hooks]\ngood = \"{trusted}/good\"\nbad = \"{trusted}/bad\"\nslow = \"{trusted}/slow\"\nforeign = \"{home}/foreign\"",
                    "hook_seconds = 5\n");
                await node.Cli("run", "--rm", "--name", "web", await Actors.Image(), "sh", "-c", Act);
                await Running.Until(() => File.Exists(Path.Combine(home, "got")), "the hook was not started");
                var alert = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(home, "got"))).RootElement;
                Assert.Equal((Rule, "web"), (alert.GetProperty("rule").GetString(), alert.GetProperty("skerry").GetProperty("pod").GetString()));
                var told = string.Empty;
                await Running.Until(
                    async () => (told = (await node.Cli("guard", "alerts", "--rule", "Hook failed")).Ok).Split('\n').Length == 4, () => told, seconds: 60);
                Assert.Contains("it ended with 3: no luck", told, StringComparison.Ordinal);
                Assert.Contains("killed after 5 s", told, StringComparison.Ordinal);
                Assert.Contains("must belong to root and be written by nobody else", told, StringComparison.Ordinal);
            }
            finally
            {
                Directory.Delete(trusted, recursive: true);
            }
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    [Fact]
    [Trait("Promise", "P-146")]
    public async Task In_maintenance_responses_are_only_told_also_after_a_restart_and_it_ends_by_itself()
    {
        await using var node = await Start($"\"{Rule}\" = \"kill\"", "kernel_kill = [\"drift\"]\n");
        (await node.Cli("run", "-d", "--name", "web", await Actors.Image(), "sleep", "1000")).Ok.ToString();
        await Exec(node, Act);
        await UntilOutcomes(node, Acted);
        Assert.Equal(1, (await Exec(node, "actor drop-and-execute")).Code);
        (await node.Cli("guard", "maintenance", "start", "web", "--for", "1h")).Failed(2);
        (await node.Cli("guard", "maintenance", "start", "web", "--for", "1h", "--reason", "a test")).Ok.ToString();
        node.Kill9();
        await node.StartAgain();
        Assert.Contains("a test", (await node.Cli("guard", "maintenance", "ls")).Ok, StringComparison.Ordinal);
        await Exec(node, Act);
        await UntilOutcomes(node, Acted, "maintenance");
        Assert.Equal(0, (await Exec(node, "actor drop-and-execute")).Code);
        (await node.Cli("guard", "maintenance", "start", "web", "--for", "2s", "--reason", "nearly over")).Ok.ToString();
        await Running.Until(async () => (await node.Cli("guard", "maintenance", "ls", "-o", "json")).Ok.Trim() == "[]", () => "it does not end");
        await Exec(node, Act);
        await UntilOutcomes(node, Acted, "maintenance", Acted);
        await Running.Until(async () => (await Exec(node, "actor drop-and-execute")).Code == 1, () => "the kernel does not kill again");
        Assert.Contains("guard.maintenance.start", (await node.Cli("audit", "show")).Ok, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Promise", "P-147")]
    public async Task The_guard_measures_all_the_time_how_long_its_own_event_takes()
    {
        await using var node = await Start("", "canary = 1\n");
        (await node.Cli("run", "-d", "--name", "web", await Actors.Image(), "sleep", "1000")).Ok.ToString();
        JsonElement canary = default;
        await Running.Until(
            async () => (canary = JsonDocument.Parse((await node.Cli("guard", "status", "-o", "json")).Ok).RootElement.GetProperty("canary")).GetProperty("count").GetInt64() >= 3, () => canary.ToString());
        Assert.InRange(canary.GetProperty("lastNs").GetInt64(), 1, 2_000_000_000);
        Assert.Contains("canary   last ", (await node.Cli("guard", "status")).Ok, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_more_answers_of_one_rule_are_given_in_a_minute_than_are_allowed()
    {
        await using var node = await Start($"\"{Rule}\" = \"kill\"", "responses_a_minute = 2\n");
        (await node.Cli("run", "-d", "--name", "web", await Actors.Image(), "sleep", "1000")).Ok.ToString();
        for (var i = 0; i < 4; i++)
        {
            await Exec(node, Act);
        }

        await UntilOutcomes(node, Acted, Acted, "limited", "limited");
    }

    /// <summary>Waits for alerts of the rule with these outcomes, in order; an answer that came when the actor had ended by itself was one, too.</summary>
    private static async Task UntilOutcomes(TestNode node, params string[] wanted)
    {
        List<string> found = [];
        await Running.Until(
            async () => (found = [.. (await node.Cli("guard", "alerts", "--rule", Rule, "-o", "json")).Ok.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(static line => JsonDocument.Parse(line).RootElement.GetProperty("skerry").GetProperty("outcome").GetString()!).Select(static o => o == "gone" ? Acted : o)]).Count >= wanted.Length,
            () => string.Join(", ", found));
        Assert.Equal(wanted, found);
    }

    private static Task<Said> Exec(TestNode node, string command) => node.Cli("exec", "web", "sh", "-c", command);

    private static void Write(string path, string text)
    {
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static async Task<TestNode> Start(string responses, string guard = "")
    {
        var node = await TestNode.StartAsync($"[guard]\nall_rules = true\ncooldown = 0\n{guard}[guard.responses]\n{responses}\n");
        (await node.Cli("image", "pull", await Actors.Image())).Ok.ToString();
        return node;
    }
}
