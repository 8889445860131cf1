using System.Text.RegularExpressions;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Guard;

/// <summary>Real attacks in sandboxes of a real gVisor, and the rules that they fire.</summary>
public sealed class SandboxActorTests(GuardFixture fixture) : IClassFixture<GuardFixture>
{
    private readonly TestNode _node = fixture.Node;

    [Theory]
    [InlineData("drop-and-execute", "Program that is not of the image")]
    [InlineData("run-from-memory", "Program without a file")]
    [InlineData("attach-to-child", "Another process written")]
    [Trait("Promise", "P-185")]
    public async Task An_attack_in_a_sandbox_fires_a_rule_of_ours(string actor, string rule)
    {
        Need();
        var alert = await fixture.Alert(await Run(actor), rule);
        Assert.Equal("syscall", alert.GetProperty("source").GetString());
    }

    [Theory]
    [InlineData("read-shadow", "Read sensitive file untrusted")]
    [InlineData("read-by-traversal", "Directory traversal monitored file read")]
    [InlineData("clear-log", "Clear Log Activities")]
    [InlineData("drop-and-execute", "Drop and execute new binary in container")]
    [InlineData("run-from-memory", "Fileless execution via memfd_create")]
    [InlineData("attach-to-child", "PTRACE attached to process")]
    [InlineData("ask-to-be-traced", "PTRACE anti-debug attempt")]
    [InlineData("unshare-user", "Change namespace privileges via unshare")]
    [InlineData("packet-socket", "Packet socket created in container")]
    [InlineData("reverse-shell", "Redirect STDOUT/STDIN to Network Connection in Container")]
    [Trait("Promise", "P-185")]
    public async Task An_attack_in_a_sandbox_fires_falcos_stock_rule(string actor, string rule)
    {
        Need(stock: true);
        await fixture.Alert(await Run(actor), rule);
    }

    [Theory]
    [InlineData("Run shell untrusted", "nginx", "start-shell")]
    [InlineData("Read sensitive file trusted after startup", "nginx", "read-shadow-later")]
    [InlineData("Netcat Remote Code Execution in Container", "nc", "127.0.0.1", "9", "-e", "/bin/sh")]
    [InlineData("Remove Bulk Data from Disk", "shred", "-u", "/tmp/none")]
    [InlineData("Read sensitive file untrusted", "sh", "-c", "ln -s /etc/shadow /var/notes; cat /var/notes; sleep 1")]
    [InlineData("Read sensitive file untrusted", "sh", "-c", "cat /proc/self/root/etc/shadow; sleep 1")]
    [Trait("Promise", "P-185")]
    public async Task A_server_or_a_tool_that_is_misused_in_a_sandbox_fires_falcos_stock_rule(string rule, params string[] command)
    {
        Need(stock: true);
        var pod = Name();
        await _node.Cli(["run", "--rm", "--name", pod, "--tier", "sandbox", fixture.Image, .. command]);
        await fixture.Alert(pod, rule);
    }

    [Fact]
    [Trait("Promise", "P-185")]
    public async Task A_shell_that_exec_starts_on_a_terminal_is_seen_with_its_words()
    {
        Need(stock: true);
        var pod = Name();
        (await _node.Cli("run", "-d", "--name", pod, "--tier", "sandbox", fixture.Image, "sleep", "1000")).Ok.ToString();
        await Running.Shell($"SKERRY_ADDRESS=unix://{_node.Socket} script -qec '{Programs.CommandLine} exec -t {pod} sh -c \"cat /etc/shadow; id\"' /dev/null </dev/null");
        var alert = await fixture.Alert(pod, "Terminal shell in container");
        Assert.Contains("sh -c cat /etc/shadow", alert.GetProperty("output").GetString(), StringComparison.Ordinal);
        (await _node.Cli("rm", "--force", pod)).Ok.ToString();
    }

    [Fact]
    [Trait("Promise", "P-186")]
    public async Task A_sandbox_goes_on_while_the_daemon_is_away_and_is_seen_again_when_it_is_back_and_what_was_missed_is_counted()
    {
        Need();
        await using var node = await TestNode.StartAsync("[guard]\nall_rules = true\n");
        (await node.Cli("image", "pull", fixture.Image)).Ok.ToString();
        var pod = Name();
        (await node.Cli("run", "-d", "--name", pod, "--tier", "sandbox", fixture.Image, "sh", "-c", "i=0; while :; do i=$((i+1)); /bin/busybox echo $i; sleep 0.02; done")).Ok.ToString();
        await Running.Until(async () => Count(await node.Cli("logs", pod)) > 5, () => node.LogTail());
        node.Kill9();
        await node.StartAgain();
        var atReturn = Count(await node.Cli("logs", pod));
        await Running.Until(async () => Count(await node.Cli("logs", pod)) > atReturn + 5, () => "the program stood still");
        await Running.Until(
            async () =>
            {
                (await node.Cli("exec", pod, "actor", "run-from-memory")).ToString();
                return (await node.Cli("guard", "alerts", pod, "-o", "json")).Ok.Contains("Program without a file", StringComparison.Ordinal);
            },
            () => node.LogTail());
        await Running.Until(async () => (await node.Cli("guard", "alerts", "--rule", "Events lost", "-o", "json")).Ok.Contains("\"sandbox\":", StringComparison.Ordinal), () => node.LogTail());
        (await node.Cli("rm", "--force", pod)).Ok.ToString();
        await Running.Until(async () => (await node.Cli("guard", "status")).Ok.Contains("0 containers", StringComparison.Ordinal) && Directory.GetFiles(Path.Combine(node.Run, "streams")).Length == 0, () => node.LogTail());
    }

    [Fact]
    [Trait("Promise", "P-186")]
    public async Task A_sandbox_that_runs_and_tells_nothing_any_more_is_an_alert()
    {
        Need();
        var pod = Name();
        var id = (await _node.Cli("run", "-d", "--name", pod, "--tier", "sandbox", fixture.Image, "sleep", "1000")).Ok.Trim();
        var monitor = (await Running.Shell($"pgrep -f 'conmon.* {id} '")).Ok.Split('\n')[0];
        (await Running.Shell($"nsenter -t {monitor} -n runsc --root '{_node.Run}/runsc' trace delete --name Default {id}")).Ok.ToString();
        await Running.Until(
            async () => (await fixture.Alerts()).Any(a => a.GetProperty("rule").GetString() == "Sandbox silent" && a.GetProperty("output").GetString()!.Contains(pod, StringComparison.Ordinal)), () => _node.LogTail());
        (await _node.Cli("rm", "--force", pod)).Ok.ToString();
    }

    [Fact]
    [Trait("Promise", "P-187")]
    public async Task What_new_rules_watch_is_told_by_sandboxes_that_run()
    {
        Need();
        await using var node = await TestNode.StartAsync();
        (await node.Cli("image", "pull", fixture.Image)).Ok.ToString();
        var pod = Name();
        (await node.Cli("run", "-d", "--name", pod, "--tier", "sandbox", fixture.Image, "sh", "-c", "while :; do sleep 0.1; /bin/busybox rmdir /tmp/none; done")).Ok.ToString();
        await Load(node, "evt.type = rmdir and evt.res = ENOENT");
        await Running.Until(async () => (await node.Cli("guard", "alerts", pod, "-o", "json")).Ok.Contains("\"mine\"", StringComparison.Ordinal), () => node.LogTail());
        (await node.Cli("rm", "--force", pod)).Ok.ToString();
    }

    [Theory]
    [InlineData("kill", "asked")]
    [InlineData("kill-container", "done")]
    [Trait("Promise", "P-188")]
    public async Task A_process_of_a_sandbox_is_killed_by_its_kernel_and_a_whole_one_by_the_nodes(string answer, string outcome)
    {
        Need();
        await using var node = await TestNode.StartAsync($"[guard.responses]\nmine = \"{answer}\"\n");
        await Load(node, "evt.type = execve and proc.args = \"777\"");
        (await node.Cli("image", "pull", fixture.Image)).Ok.ToString();
        var pod = Name();
        (await node.Cli("run", "-d", "--name", pod, "--tier", "sandbox", fixture.Image, "sh", "-c", "sleep 777; echo its end was $?; sleep 1000")).Ok.ToString();
        await Running.Until(async () => (await node.Cli("guard", "alerts", pod, "-o", "json")).Ok.Contains($"\"action\":\"{answer}\",\"outcome\":\"{outcome}\"", StringComparison.Ordinal), () => node.LogTail());
        if (answer == "kill-container")
        {
            await node.UntilState(pod, Contracts.Node.V1.ContainerState.Exited);
        }
        else
        {
            await Running.Until(async () => (await node.Cli("logs", pod)).Ok.Contains("its end was 137", StringComparison.Ordinal), () => node.LogTail());
            Assert.Equal(Contracts.Node.V1.ContainerState.Running, (await node.Inspect(pod)).State);
        }

        (await node.Cli("rm", "--force", pod)).Ok.ToString();
    }

    [Fact]
    [Trait("Promise", "P-196")]
    public async Task A_sandbox_that_makes_processes_without_end_where_one_is_to_be_killed_ends_as_a_whole()
    {
        Need();
        await using var node = await TestNode.StartAsync("[guard.responses]\nmine = \"kill\"\n");
        await Load(node, "evt.type = execve and proc.args = \"777\"");
        (await node.Cli("image", "pull", fixture.Image)).Ok.ToString();
        var (flood, calm) = (Name(), Name());
        (await node.Cli("run", "-d", "--name", calm, "--tier", "sandbox", fixture.Image, "sh", "-c", "while :; do sleep 1; done")).Ok.ToString();
        (await node.Cli("run", "-d", "--name", flood, "--tier", "sandbox", fixture.Image, "sh", "-c", "while :; do sleep 777 & done")).Ok.ToString();
        await node.UntilState(flood, Contracts.Node.V1.ContainerState.Exited);
        await Running.Until(async () => (await node.Cli("guard", "alerts", "--rule", "Container killed as a whole", "-o", "json")).Ok.Contains(flood, StringComparison.Ordinal), () => node.LogTail());
        Assert.Contains("\"outcome\":\"asked\"", (await node.Cli("guard", "alerts", flood, "-o", "json")).Ok, StringComparison.Ordinal);
        Assert.Equal(Contracts.Node.V1.ContainerState.Running, (await node.Inspect(calm)).State);
        (await node.Cli("rm", "--force", flood)).Ok.ToString();
        (await node.Cli("rm", "--force", calm)).Ok.ToString();
    }

    [Fact]
    [Trait("Promise", "P-185")]
    public async Task A_program_that_is_started_through_links_is_still_of_the_image()
    {
        Need();
        var pod = Name();
        (await _node.Cli("run", "-d", "--name", pod, "--tier", "sandbox", fixture.Image, "sh", "-c", "mkdir /way && ln -s /bin /way/here && /way/here/busybox true; sleep 1000")).Ok.ToString();
        (await _node.Cli("exec", pod, "/way/here/busybox", "true")).Ok.ToString();
        await fixture.Alert(await Run("drop-and-execute"), "Program that is not of the image");
        Assert.DoesNotContain("not of the image", (await _node.Cli("guard", "alerts", pod, "-o", "json")).Ok, StringComparison.Ordinal);
        (await _node.Cli("rm", "--force", pod)).Ok.ToString();
    }

    [Fact]
    [Trait("Promise", "P-185")]
    public async Task The_node_says_that_sandboxes_are_seen_and_what_they_told()
    {
        Need();
        await Run("read-shadow");
        Assert.Matches("yes +sandbox +gVisor tells", (await _node.Cli("node")).Ok);
        var status = string.Empty;
        await Running.Until(
            async () => Regex.IsMatch(status = (await _node.Cli("guard", "status")).Ok, "gvisor +[0-9]+ sandboxes tell what happens in them: [1-9][0-9]* events", RegexOptions.None, TimeSpan.FromSeconds(1)), () => status);
    }

    private static void Need(bool stock = false)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/runsc"), "needs gVisor: apt-get install runsc");
        Assert.SkipUnless(!stock || Actors.StockRules is not null, "needs Falco's stock rules: SKERRY_FALCO_RULES names their directory");
    }

    private static async Task Load(TestNode node, string condition)
    {
        var directory = Path.Combine(node.Home, "rules");
        Directory.CreateDirectory(directory);
        await File.WriteAllTextAsync(Path.Combine(directory, "mine.yaml"), $"- rule: mine\n  desc: d\n  condition: {condition}\n  output: o\n  priority: ERROR\n");
        (await node.Cli("guard", "reload")).Ok.ToString();
    }

    private static string Name() => "s" + Guid.NewGuid().ToString("N")[..10];

    private static int Count(Said said) => said.Out.Count(static c => c == '\n');

    private async Task<string> Run(string actor)
    {
        var pod = Name();
        await _node.Cli("run", "--rm", "--name", pod, "--tier", "sandbox", fixture.Image, "actor", actor);
        return pod;
    }
}
