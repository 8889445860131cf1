using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Guard;

/// <summary>Real attacks in real containers, and the rules that they fire.</summary>
public sealed class ActorTests(GuardFixture fixture) : IClassFixture<GuardFixture>
{
    private readonly TestNode _node = fixture.Node;

    [Theory]
    [InlineData("drop-and-execute", "Program that is not of the image")]
    [InlineData("run-from-memory", "Program without a file")]
    [InlineData("write-release-agent", "Handler of the kernel written")]
    public async Task An_attack_fires_a_rule_of_ours(string actor, string rule)
    {
        var pod = await Run(actor);
        var alert = await fixture.Alert(pod, rule);
        Assert.Equal("syscall", alert.GetProperty("source").GetString());
    }

    [Theory]
    [InlineData("read-shadow", "Read sensitive file untrusted")]
    [InlineData("read-by-traversal", "Directory traversal monitored file read")]
    [InlineData("read-through-link", "Read sensitive file untrusted")]
    [InlineData("open-by-32-bit-call", "Read sensitive file untrusted")]
    [InlineData("clear-log", "Clear Log Activities")]
    [InlineData("link-over", "Create Hardlink Over Sensitive Files")]
    [InlineData("symlink-over", "Create Symlink Over Sensitive Files")]
    [InlineData("drop-and-execute", "Drop and execute new binary in container")]
    [InlineData("run-from-memory", "Fileless execution via memfd_create")]
    [InlineData("attach-to-child", "PTRACE attached to process")]
    [InlineData("ask-to-be-traced", "PTRACE anti-debug attempt")]
    [InlineData("unshare-user", "Change namespace privileges via unshare")]
    [InlineData("packet-socket", "Packet socket created in container")]
    [Trait("Promise", "P-110")]
    public async Task An_attack_fires_falcos_stock_rule(string actor, string rule)
    {
        SkipWithoutStockRules();
        await fixture.Alert(await Run(actor), rule);
    }

    [Theory]
    [InlineData("open-by-uring", "Read sensitive file untrusted")]
    [Trait("Promise", "P-110")]
    public async Task What_goes_through_io_uring_fires_the_same_rule(string actor, string rule)
    {
        SkipWithoutStockRules();
        Assert.SkipUnless((await _node.Cli("guard", "status")).Ok.Contains("io_uring seen", StringComparison.Ordinal), "this kernel has no place to see io_uring from");
        var pod = await Run(actor, "--security-opt", "seccomp=unconfined");
        await fixture.Alert(pod, rule);
    }

    [Theory]
    [InlineData("Run shell untrusted", "nginx", "start-shell")]
    [InlineData("Read sensitive file trusted after startup", "nginx", "read-shadow-later")]
    [InlineData("Netcat Remote Code Execution in Container", "nc", "127.0.0.1", "9", "-e", "/bin/sh")]
    [InlineData("Remove Bulk Data from Disk", "shred", "-u", "/tmp/none")]
    [InlineData("Execution from /dev/shm", "sh", "-c", "/dev/shm/dropped")]
    public async Task A_server_or_a_tool_that_is_misused_fires_falcos_stock_rule(string rule, params string[] command)
    {
        SkipWithoutStockRules();
        var pod = Name();
        await _node.Cli(["run", "--rm", "--name", pod, fixture.Image, .. command]);
        await fixture.Alert(pod, rule);
    }

    [Theory]
    [InlineData("System user interactive", "--user nobody", "sshd start-shell")]
    [InlineData("Disallowed SSH Connection Non Standard Port", "--network bridge", "ssh connect-to-443")]
    [InlineData("Linux Kernel Module Injection Detected", "--cap-add SYS_MODULE", "actor load-module")]
    [InlineData("Detect release_agent File Container Escapes", "--cap-add SYS_ADMIN", "touch /tmp/release_agent")]
    [InlineData("Terminal shell in container", "--tty --detach", "sh -c true")]
    public async Task What_an_option_opens_the_way_for_fires_falcos_stock_rule(string rule, string options, string command)
    {
        SkipWithoutStockRules();
        var pod = Name();
        await _node.Cli(["run", "--name", pod, .. options.Split(' '), fixture.Image, .. command.Split(' ')]);
        await fixture.Alert(pod, rule);
    }

    [Theory]
    [InlineData("Search Private Keys or Passwords", "grep", "-r", "BEGIN RSA PRIVATE", "/etc")]
    [InlineData("Find AWS Credentials", "grep", "-r", "aws_secret_access_key", "/etc")]
    public async Task A_search_fires_falcos_stock_rule(string rule, params string[] command)
    {
        SkipWithoutStockRules();
        var pod = Name();
        await _node.Cli(["run", "--rm", "--name", pod, fixture.Image, .. command]);
        await fixture.Alert(pod, rule);
    }

    [Fact]
    [Trait("Promise", "P-112")]
    public async Task A_reverse_shell_is_killed_before_its_second_command()
    {
        SkipWithoutStockRules();
        var pod = Name();
        var said = await _node.Cli("run", "--rm", "--name", pod, fixture.Image, "actor", "reverse-shell");
        var alert = await fixture.Alert(pod, "Redirect STDOUT/STDIN to Network Connection in Container");
        Assert.DoesNotContain("second\n", said.Out, StringComparison.Ordinal);
        Assert.Contains("was killed by signal 9", said.Out, StringComparison.Ordinal);
        var own = alert.GetProperty("skerry");
        Assert.Equal(("kill", "done"), (own.GetProperty("action").GetString(), own.GetProperty("outcome").GetString()));
        var (seen, judged, done) = (own.GetProperty("event_ns").GetInt64(), own.GetProperty("judged_ns").GetInt64(), own.GetProperty("done_ns").GetInt64());
        Assert.True(seen <= judged && judged <= done, $"{seen} {judged} {done}");
        TestContext.Current.TestOutputHelper?.WriteLine($"judged after {(judged - seen) / 1e6:0.000} ms, killed after {(done - seen) / 1e6:0.000} ms");
    }

    [Fact]
    public async Task A_child_that_was_given_to_its_grandparent_is_killed_with_its_maker()
    {
        var pod = Name();
        var said = await _node.Cli("run", "--rm", "--name", pod, fixture.Image, "sh", "-c", "actor ask-metadata-and-leave-a-sibling; sleep 4");
        var alert = await fixture.Alert(pod, "Metadata of the cloud asked");
        Assert.Equal("done", alert.GetProperty("skerry").GetProperty("outcome").GetString());
        Assert.DoesNotContain("the sibling lives", said.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_container_is_paused_when_its_rule_says_so_and_can_be_resumed()
    {
        var pod = Name();
        (await _node.Cli("run", "-d", "--name", pod, "--cap-add", "NET_RAW", fixture.Image, "sh", "-c", "actor packet-socket; sleep 1000")).Ok.ToString();
        var paused = await _node.UntilState(pod, Contracts.Node.V1.ContainerState.Paused);
        Assert.Equal(pod, paused.PodName);
        (await _node.Cli("resume", pod)).Ok.ToString();
        (await _node.Cli("rm", "--force", pod)).Ok.ToString();
    }

    [Fact]
    [Trait("Promise", "P-110")]
    public async Task The_first_program_of_a_container_is_seen_and_what_exec_starts_too()
    {
        var pod = Name();
        (await _node.Cli("run", "-d", "--name", pod, fixture.Image, "sh", "-c", "sleep 1000")).Ok.ToString();
        using var events = _node.StartCli("guard", "events", pod);
        var seen = Seen(events.StandardOutput, " cat /etc/shadow");

        // Who follows may begin to after the first that happens: it is done until it is seen.
        await Running.Until(
            async () =>
            {
                (await _node.Cli("exec", pod, "cat", "/etc/shadow")).Ok.ToString();
                return seen.IsCompleted;
            },
            () => "nothing is told of the exec");
        Assert.True(await seen);
        events.Kill();
        (await _node.Cli("rm", "--force", pod)).Ok.ToString();
    }

    /// <summary>Reads until a line has a text; false where there is none.</summary>
    private static async Task<bool> Seen(StreamReader lines, string text)
    {
        while (await lines.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    [Fact]
    [Trait("Promise", "P-111")]
    public async Task Two_nodes_do_not_see_each_others_containers()
    {
        await using var other = await TestNode.StartAsync("[guard]\nall_rules = true\n");
        (await other.Cli("image", "pull", fixture.Image)).Ok.ToString();
        var (mine, theirs) = (await Run("write-release-agent"), Name());
        (await other.Cli("run", "--rm", "--name", theirs, fixture.Image, "actor", "write-release-agent")).Ok.ToString();
        await Running.Until(async () => (await other.Cli("guard", "alerts", "-o", "json")).Ok.Contains(theirs, StringComparison.Ordinal), () => "the other node saw nothing");
        await fixture.Alert(mine, "Handler of the kernel written");
        Assert.DoesNotContain(mine, (await other.Cli("guard", "alerts", "-o", "json")).Ok, StringComparison.Ordinal);
        Assert.DoesNotContain(theirs, (await _node.Cli("guard", "alerts", "-o", "json")).Ok, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Promise", "P-113")]
    public async Task A_container_goes_on_being_watched_after_the_daemon_was_killed()
    {
        await using var node = await TestNode.StartAsync("[guard]\nall_rules = true\n");
        (await node.Cli("image", "pull", fixture.Image)).Ok.ToString();
        var pod = Name();
        (await node.Cli("run", "-d", "--name", pod, fixture.Image, "sleep", "1000")).Ok.ToString();
        node.Kill9();
        await node.StartAgain();
        (await node.Cli("exec", pod, "actor", "write-release-agent")).Ok.ToString();
        await Running.Until(async () => (await node.Cli("guard", "alerts", pod, "-o", "json")).Ok.Contains("Handler of the kernel written", StringComparison.Ordinal), () => node.LogTail());
    }

    [Theory]
    [Trait("Promise", "P-115")]
    [InlineData("drop-and-execute")]
    [InlineData("run-from-memory")]
    public async Task A_program_that_is_not_of_the_image_is_killed_before_its_first_instruction(string actor)
    {
        await using var node = await TestNode.StartAsync("[guard]\nkernel_kill = [\"drift\", \"nameless\"]\n");
        (await node.Cli("image", "pull", fixture.Image)).Ok.ToString();
        var pod = Name();

        // The attacker itself is of the image and lives; what it starts would end with 0.
        Assert.Contains("actor: ", (await node.Cli("run", "--rm", "--name", pod, fixture.Image, "actor", actor)).Failed(1), StringComparison.Ordinal);
        await Running.Until(
            async () => (await node.Cli("guard", "alerts", "--rule", "Program killed by the kernel", "-o", "json")).Ok.Contains(pod, StringComparison.Ordinal), () => node.LogTail());
        Assert.Equal("alive\n", (await node.Cli("run", "--rm", fixture.Image, "echo", "alive")).Ok);
    }

    [Fact]
    public async Task Rules_are_loaded_anew_and_refused_ones_leave_the_old_in_force()
    {
        await using var node = await TestNode.StartAsync();
        var directory = Path.Combine(node.Home, "rules");
        Directory.CreateDirectory(directory);
        await File.WriteAllTextAsync(Path.Combine(directory, "mine.yaml"), "- rule: mine\n  desc: d\n  condition: evt.type = mkdir\n  output: o\n  priority: ERROR\n");
        Assert.Contains("mine.yaml", (await node.Cli("guard", "reload")).Ok, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(directory, "mine.yaml"), "- rule: mine\n  desc: d\n  condition: no.such.field = 1\n  output: o\n  priority: ERROR\n");
        var refused = (await node.Cli("guard", "reload")).Failed(1);
        Assert.Contains("mine.yaml", refused, StringComparison.Ordinal);
        Assert.Contains("LOAD_ERR_COMPILE_CONDITION", refused, StringComparison.Ordinal);
        (await node.Cli("image", "pull", fixture.Image)).Ok.ToString();
        var pod = Name();
        (await node.Cli("run", "--rm", "--name", pod, fixture.Image, "mkdir", "/tmp/x")).Ok.ToString();
        await Running.Until(async () => (await node.Cli("guard", "alerts", "--rule", "mine", "-o", "json")).Ok.Contains(pod, StringComparison.Ordinal), () => node.LogTail());
    }

    private static string Name() => "a" + Guid.NewGuid().ToString("N")[..12];

    private static void SkipWithoutStockRules() =>
        Assert.SkipUnless(Actors.StockRules is not null, "needs Falco's stock rules: SKERRY_FALCO_RULES names their directory");

    private async Task<string> Run(string actor, params string[] options)
    {
        // Whether the attack succeeds does not matter: most are stopped by the container's walls, and seen all the same.
        var pod = Name();
        await _node.Cli(["run", "--rm", "--name", pod, .. options, fixture.Image, "actor", actor]);
        return pod;
    }
}
