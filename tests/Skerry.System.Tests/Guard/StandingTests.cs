using System.Text.Json;
using Skerry.Linux.Bpf;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Guard;

/// <summary>What the kernel answers by itself: with the daemon there, with it dead, and after a newer one came.</summary>
public sealed class StandingTests
{
    private const string Kills = "[guard]\nkernel_kill = [\"drift\"]\n";
    private const string Egress = "[guard]\npolicies = [\"egress\"]\n[guard.responses]\n\"tag:policy_egress\" = \"deny\"\n";
    private const string EgressRule = "egress: connection to a network that is not allowed";

    [Fact]
    [Trait("Promise", "P-140")]
    public async Task What_the_kernel_kills_it_kills_while_the_daemon_is_dead_and_the_daemon_tells_it_when_it_is_back()
    {
        Assert.SkipWhen(HooksRefuse(), "security hooks refuse here what is killed elsewhere: scripts/lab lsm");
        await using var node = await Start(Kills);
        var pod = await Waiting(node, "actor drop-and-execute; echo $? >/v/result");
        node.Kill9();
        Assert.Equal("1\n", await Go(node));
        await node.StartAgain();
        var alert = await Alert(node, pod, "Program killed by the kernel");
        Assert.Equal("done in the kernel while no skerryd was there", alert.GetProperty("skerry").GetProperty("outcome").GetString());
        Assert.Equal("/tmp/dropped", alert.GetProperty("output_fields").GetProperty("proc.exepath").GetString());
        await Told("the kernel killed 1 programs and denied 0 connections", "guard", "alerts", "--rule", "Answered while away");
        await Told("guard.away", "audit", "show");

        // Told once: after another start there is nothing more to tell.
        node.Kill9();
        await node.StartAgain();
        Assert.Single((await node.Cli("guard", "alerts", "--rule", "Answered while away")).Ok.Split('\n', StringSplitOptions.RemoveEmptyEntries));

        // Other threads write alerts and audit entries.
        async Task Told(string what, params string[] words)
        {
            var told = string.Empty;
            await Running.Until(async () => (told = (await node.Cli(words)).Ok).Contains(what, StringComparison.Ordinal), () => $"told is '{told}'; {node.LogTail()}");
        }
    }

    [Fact]
    [Trait("Promise", "P-141")]
    public async Task A_container_that_ends_while_the_daemon_is_dead_is_not_held_any_more()
    {
        await using var node = await Start(Kills);
        await Waiting(node, "exit 0");
        Assert.Single(Bound(node));
        node.Kill9();
        await File.WriteAllTextAsync(Path.Combine(node.Home, "v", "go"), string.Empty);
        await Running.Until(() => Bound(node).Count == 0, "the container is held though it ended");
    }

    [Fact]
    public async Task What_the_kernel_kills_it_kills_until_the_last_process_of_a_container_is_gone()
    {
        await using var node = await Start(Kills);
        var shared = Directory.CreateDirectory(Path.Combine(node.Home, "v")).FullName;
        File.SetUnixFileMode(shared, (UnixFileMode)0x1ff);
        await node.Cli("run", "--rm", "-v", $"{shared}:/v", await Actors.Image(), "actor", "end-first", "/v/tried", "/v/ran");
        Assert.True(File.Exists(Path.Combine(shared, "tried")), "it did not try");
        Assert.False(File.Exists(Path.Combine(shared, "ran")), "a program that is not of the image ran while the container ended");
    }

    [Fact]
    [Trait("Promise", "P-141")]
    public async Task A_daemon_with_other_programs_for_the_kernel_replaces_them_and_tells_what_the_old_ones_did()
    {
        Assert.SkipWhen(HooksRefuse(), "security hooks refuse here what is killed elsewhere: scripts/lab lsm");
        await using var node = await Start(Kills);
        var pod = await Waiting(node, "actor drop-and-execute; echo $? >/v/result; while [ ! -e /v/again ]; do sleep 0.05; done; rm -f /v/again /tmp/dropped; actor drop-and-execute; echo $? >/v/second; sleep 1000");
        node.Kill9();

        // Under another name they are those of another version.
        var generation = Path.Combine(Pins(node), "2-000000000000-1");
        Directory.Move(Directory.EnumerateDirectories(Pins(node)).Single(), generation);
        Assert.Equal("1\n", await Go(node));
        await node.StartAgain();
        await Alert(node, pod, "Program killed by the kernel");
        Assert.False(Directory.Exists(generation), "the old generation is still there");
        Assert.Single(Bound(node));
        node.Kill9();
        await File.WriteAllTextAsync(Path.Combine(node.Home, "v", "again"), string.Empty);
        Assert.Equal("1\n", await Written(node, "second"));
    }

    [Fact]
    [Trait("Promise", "P-142")]
    public async Task A_connection_to_a_network_that_is_not_allowed_fails_every_way_it_is_tried()
    {
        await using var node = await Start(Egress);
        var pod = Name();
        var said = (await node.Cli("run", "--rm", "--name", pod, "--cap-add", "NET_RAW", await Actors.Image(), "sh", "-c", "actor reach 198.51.100.7 80; echo; actor reach 127.0.0.1 9")).Ok.Split("\n\n");
        Assert.Equal(["tcp EPERM", "tcp-mapped EPERM", "udp EPERM", "udp-send EPERM", "udp-send-mapped EPERM", "fast-open EPERM", "raw EPERM"], said[0].Split('\n')[..^1]);

        // A kernel without SCTP says so before it asks anybody.
        Assert.Contains(said[0].Split('\n')[^1], new[] { "sctp EPERM", "sctp EPROTONOSUPPORT" });
        Assert.Equal(["udp done", "udp-send done"], said[1].Split('\n').Where(static line => line.StartsWith("udp ", StringComparison.Ordinal) || line.StartsWith("udp-send ", StringComparison.Ordinal)));
        var alert = await Alert(node, pod, EgressRule);
        Assert.Equal(("deny", "denied by the kernel"), (alert.GetProperty("skerry").GetProperty("action").GetString(), alert.GetProperty("skerry").GetProperty("outcome").GetString()));
        Assert.Equal("198.51.100.7:80", alert.GetProperty("output_fields").GetProperty("fd.name").GetString());
        Assert.Contains("connections fail", (await node.Cli("guard", "status")).Ok, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Promise", "P-142")]
    public async Task A_connection_that_is_not_allowed_fails_while_the_daemon_is_dead_too()
    {
        await using var node = await Start(Egress);
        var pod = await Waiting(node, "actor reach 198.51.100.7 80 >/v/result; sleep 1000");
        node.Kill9();
        Assert.StartsWith("tcp EPERM\n", await Go(node), StringComparison.Ordinal);
        await node.StartAgain();
        var alert = await Alert(node, pod, EgressRule);
        Assert.Equal("denied by the kernel while no skerryd was there", alert.GetProperty("skerry").GetProperty("outcome").GetString());
    }

    [Fact]
    [Trait("Promise", "P-142")]
    public async Task What_is_allowed_is_what_the_lists_of_the_policy_say_and_a_reload_changes_it()
    {
        await using var node = await Start(Egress);
        var image = await Actors.Image();
        var directory = Path.Combine(node.Home, "rules");
        Directory.CreateDirectory(directory);
        await File.WriteAllTextAsync(Path.Combine(directory, "mine.yaml"), "- list: egress_networks\n  items: ['\"127.0.0.0/8\"', '\"198.51.100.0/24\"']\n- list: egress_ports_anywhere\n  items: [53]\n");
        (await node.Cli("run", "-d", "--name", "before", image, "sleep", "1000")).Ok.ToString();
        Assert.StartsWith("tcp EPERM", (await node.Cli("exec", "before", "actor", "reach", "198.51.100.7", "80")).Ok, StringComparison.Ordinal);
        (await node.Cli("guard", "reload")).Ok.ToString();
        Assert.StartsWith("tcp ENETUNREACH", (await node.Cli("exec", "before", "actor", "reach", "198.51.100.7", "80")).Ok, StringComparison.Ordinal);
        Assert.StartsWith("tcp ENETUNREACH", (await node.Cli("exec", "before", "actor", "reach", "192.0.2.1", "53")).Ok, StringComparison.Ordinal);
        Assert.StartsWith("tcp EPERM", (await node.Cli("exec", "before", "actor", "reach", "192.0.2.1", "54")).Ok, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Promise", "P-143")]
    public async Task What_no_hook_can_deny_is_refused_at_the_start_where_that_is_asked_for()
    {
        await using var node = await Start(Kills);
        await node.Stop();
        var text = (await File.ReadAllTextAsync(node.Config)).Replace(Kills, Kills + "deny_fallback = \"refuse\"\n[guard.responses]\n\"Shell with a terminal\" = \"deny\"\n", StringComparison.Ordinal);
        await File.WriteAllTextAsync(node.Config, text);
        node.StartOnly();
        var (code, log) = await node.WaitForEnd();
        Assert.NotEqual(0, code);
        Assert.Contains("\"Shell with a terminal\" is to be denied and cannot be: no hook of the kernel", log, StringComparison.Ordinal);
        await File.WriteAllTextAsync(node.Config, text.Replace("\"refuse\"", "\"kill\"", StringComparison.Ordinal));
        await node.StartAgain();
        Assert.Contains("Shell with a terminal: deny: skerryd kills, no hook", (await node.Cli("guard", "status")).Ok, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Promise", "P-171")]
    public async Task Where_security_hooks_refuse_nothing_the_rungs_beneath_do_and_it_is_said_why()
    {
        Assert.SkipWhen(HooksRefuse(), "security hooks refuse here: scripts/lab lsm");
        const string Toml = Kills + "policies = [\"drift\"]\n[guard.responses]\n\"Raw packets\" = \"deny\"\n\"drift: program that the image does not have\" = \"deny\"\n";
        await using var node = await Start(Toml);
        Assert.Contains("drift: program that the image does not have: deny: killed by the kernel before its first instruction, not refused: ", (await node.Cli("guard", "status")).Ok, StringComparison.Ordinal);
        var pod = await Waiting(node, "actor drop-and-execute; echo $? >/v/result");
        Assert.Equal("1\n", await Go(node));
        await Alert(node, pod, "Program killed by the kernel");
        var status = JsonDocument.Parse((await node.Cli("guard", "status", "-o", "json")).Ok).RootElement;
        var reason = status.GetProperty("standing").GetProperty("lsmReason").GetString()!;
        Assert.Matches("^security hooks, |/sys/kernel/security|lsm=", reason);
        Assert.Equal(["kill", "kernel-start"], status.GetProperty("answers").EnumerateArray().Select(static a => a.GetProperty("rung").GetString()));
        Assert.All(status.GetProperty("answers").EnumerateArray(), a => Assert.Equal(reason, a.GetProperty("reason").GetString()));

        await node.Stop();
        await File.WriteAllTextAsync(node.Config, (await File.ReadAllTextAsync(node.Config)).Replace(Kills, Kills + "deny_fallback = \"refuse\"\n", StringComparison.Ordinal));
        node.StartOnly();
        var (code, log) = await node.WaitForEnd();
        Assert.NotEqual(0, code);
        Assert.Contains("the rule \"Raw packets\" is to be denied and cannot be: ", log, StringComparison.Ordinal);
        await File.WriteAllTextAsync(node.Config, (await File.ReadAllTextAsync(node.Config)).Replace("\"refuse\"", "\"kill\"", StringComparison.Ordinal));
        await node.StartAgain();
    }

    [Fact]
    [Trait("Promise", "P-141")]
    public async Task Nothing_stays_in_the_kernel_of_a_node_without_pods_and_of_another_node_everything_does()
    {
        await using var other = await Start(Kills);
        await Waiting(other, "exit 0");
        var node = await Start(Kills);
        await using (node)
        {
            await Waiting(node, "exit 0");
            Assert.True(BpfFileSystem.IsMounted(Pins(node)));
            Assert.NotEqual(Bound(node).Single().PidNamespace, Bound(other).Single().PidNamespace);
            await node.Stop();
            Assert.Single(Bound(node)); // its pod runs on
            await node.StartAgain();
        }

        Assert.False(BpfFileSystem.IsMounted(Pins(node)));
        Assert.Single(Bound(other));
    }

    private static async Task<TestNode> Start(string toml)
    {
        var node = await TestNode.StartAsync(toml);
        (await node.Cli("image", "pull", await Actors.Image())).Ok.ToString();
        return node;
    }

    /// <summary>Starts a container that waits for the file v/go and then does something.</summary>
    private static async Task<string> Waiting(TestNode node, string then)
    {
        var (pod, shared) = (Name(), Path.Combine(node.Home, "v"));
        Directory.CreateDirectory(shared);
        File.SetUnixFileMode(shared, (UnixFileMode)0x1ff);
        (await node.Cli("run", "-d", "--name", pod, "-v", $"{shared}:/v", await Actors.Image(), "sh", "-c", $"while [ ! -e /v/go ]; do sleep 0.05; done; {then}")).Ok.ToString();
        return pod;
    }

    /// <summary>Lets it, and waits for what it writes to v/result.</summary>
    private static async Task<string> Go(TestNode node)
    {
        await File.WriteAllTextAsync(Path.Combine(node.Home, "v", "go"), string.Empty);
        return await Written(node, "result");
    }

    private static async Task<string> Written(TestNode node, string name)
    {
        var file = Path.Combine(node.Home, "v", name);
        await Running.Until(() => Task.FromResult(File.Exists(file) && File.ReadAllText(file).EndsWith('\n')), () => $"{file} was not written; {node.LogTail()}");
        return await File.ReadAllTextAsync(file);
    }

    private static bool HooksRefuse()
    {
        try
        {
            return RefusalPrograms.AreAsked == true && RefusalPrograms.Try(Skerry.Node.Sensors.SensorResource.ReadRefusals()) != BoundFlags.None;
        }
        catch (BpfException)
        {
            return false;
        }
    }

    private static string Pins(TestNode node) => Path.Combine(node.Home, "run", "bpf");

    private static IReadOnlyList<(uint PidNamespace, BoundContainer Container)> Bound(TestNode node)
    {
        using var programs = WardenPrograms.Adopt(Directory.EnumerateDirectories(Pins(node)).Single());
        return programs!.Bound();
    }

    private static async Task<JsonElement> Alert(TestNode node, string pod, string rule)
    {
        JsonElement found = default;
        await Running.Until(
            async () => (await node.Cli("guard", "alerts", "--rule", rule, "-o", "json")).Ok.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonDocument.Parse(line).RootElement)
                .Any(a => a.TryGetProperty("skerry", out var own) && own.GetProperty("pod").GetString() == pod && (found = a).ValueKind == JsonValueKind.Object),
            () => $"no alert '{rule}' of {pod}; {node.LogTail()}");
        return found;
    }

    private static string Name() => "a" + Guid.NewGuid().ToString("N")[..12];
}
