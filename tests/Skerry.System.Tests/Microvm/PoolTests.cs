using System.Globalization;
using System.Text.Json;
using Skerry.Contracts.Node.V1;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Microvm;

/// <summary>Machines that were made ahead and wait for their pods, by the real command line: what others do, and nothing of each other.</summary>
public sealed class PoolTests
{
    private const string Enabled = "[microvm]\nenable_template = true\nvm_cache_number = 1\n";
    private const string Waits = "waits for a pod of";

    [Fact]
    [Trait("Promise", "P-79")]
    public async Task A_pod_that_takes_a_machine_that_waited_has_its_own_disks_name_clock_and_entropy()
    {
        Need();
        await using var node = await TestNode.StartAsync(Enabled);
        var image = await node.PullSmall();
        await Fill(node, image);
        List<string[]> seen = [];
        foreach (var name in new[] { "t1", "t2" })
        {
            var before = Count(node);
            _ = (await node.Cli(
                "run", "-d", "--name", name, "--tier", "microvm", image, "sh", "-c",
                "ls -A /tmp | wc -l; touch /tmp/own; hostname; head -c 16 /dev/urandom | od -An -tx1; date +%s; test -e /rehearsal && echo old; echo up; sleep 100")).Ok;
            await Up(node, name);
            seen.Add((await node.Cli("logs", name)).Ok.Split('\n'));
            Assert.NotEmpty(await Taken(node, name));
            await Logged(node, before + 1);
        }

        Assert.Equal(("t1", "t2"), (seen[0][1], seen[1][1]));
        Assert.Equal(seen[0][0], seen[1][0]);
        Assert.NotEqual(seen[0][2], seen[1][2]);
        Assert.InRange(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - long.Parse(seen[1][3], CultureInfo.InvariantCulture), -2, 120);
        Assert.All(seen, static s => Assert.Equal("up", s[4]));
        Assert.Equal(3, (await node.Cli("exec", "t1", "sh", "-c", "exit 3")).Code);
        Assert.Contains("1 machines wait for pods", (await node.Cli("node")).Ok, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Promise", "P-79")]
    public async Task What_was_written_in_a_machine_that_waited_is_there_in_the_next_machine()
    {
        Need();
        await using var node = await TestNode.StartAsync(Enabled);
        var image = await node.PullSmall();
        await Fill(node, image);
        _ = (await node.Cli("run", "-d", "--name", "t1", "--tier", "microvm", image, "sh", "-c", "echo one >>/own; cat /own; echo up; sleep 100")).Ok;
        await Up(node, "t1");
        var first = await Taken(node, "t1");
        await Logged(node, 2);
        _ = (await node.Cli("stop", "-t", "0", "t1")).Ok;
        _ = (await node.Cli("start", "t1")).Ok;
        await Running.Until(async () => (await node.Cli("exec", "t1", "cat", "/own")).Out == "one\none\n", () => "its file is not as it was", seconds: 90);
        Assert.NotEqual(first, await Taken(node, "t1"));
    }

    [Fact]
    [Trait("Promise", "P-80")]
    public async Task A_machine_that_waits_is_given_to_no_pod_of_another_trust_domain()
    {
        Need();
        await using var node = await TestNode.StartAsync(Enabled);
        var image = await node.PullSmall();
        await Fill(node, image, "--label", "skerry.io/trust-domain=a");
        Assert.Equal("b\n", (await node.Cli("run", "--rm", "--tier", "microvm", "--label", "skerry.io/trust-domain=b", image, "echo", "b")).Ok);
        _ = (await node.Cli("run", "-d", "--name", "t1", "--tier", "microvm", "--label", "skerry.io/trust-domain=a", image, "sleep", "100")).Ok;
        Assert.NotEmpty(await Taken(node, "t1"));
    }

    [Fact]
    [Trait("Promise", "P-80")]
    public async Task The_jail_of_a_machine_that_was_taken_shows_nothing_of_its_pod()
    {
        Need();
        await using var node = await TestNode.StartAsync(Enabled);
        var image = await node.PullSmall();
        await Fill(node, image);
        var waiting = Machine.Of(node);
        var before = waiting.Mounts().Select(static m => m.Place).ToList();
        _ = (await node.Cli("run", "-d", "--name", "t1", "--tier", "microvm", image, "sh", "-c", "echo up; sleep 100")).Ok;
        await Up(node, "t1");
        var id = await Taken(node, "t1");
        Assert.Equal(before, waiting.Mounts().Select(static m => m.Place));
        Assert.DoesNotContain(waiting.Entries("run/skerry"), static e => e.Contains("pod", StringComparison.Ordinal));
        Assert.Equal("0000000000000000", waiting.Status()["CapEff"]);
        Assert.NotEqual("0", waiting.Status()["Uid"].Split('\t')[0]);
        Assert.Equal("2", waiting.Status()["Seccomp"]);
        var pod = (await node.Pods.InspectAsync(new InspectPodRequest { Container = "t1" })).Pod.Id;
        Assert.NotEqual(pod, id);
    }

    [Fact]
    public async Task Pods_in_machines_that_waited_have_their_own_addresses_and_reach_each_other()
    {
        Need();
        await using var node = await TestNode.StartAsync(Enabled);
        var image = await node.PullSmall();
        await Fill(node, image, "--network", "bridge");
        _ = (await node.Cli(
            "run", "-d", "--name", "t1", "--tier", "microvm", "--network", "bridge", image, "sh", "-c",
            "mkdir /tmp/w; head -c 200000 /dev/zero > /tmp/w/index.html; cat /sys/class/net/eth0/address; echo up; httpd -f -p 80 -h /tmp/w")).Ok;
        await Up(node, "t1");
        Assert.NotEmpty(await Taken(node, "t1"));
        await Logged(node, 2);
        var address = (await node.Pods.InspectAsync(new InspectPodRequest { Container = "t1" })).Pod.Addresses[0].Address.Split('/')[0];
        string[] other = [];
        await Running.Until(
            async () => (other = (await node.Cli("run", "--rm", "--tier", "microvm", "--network", "bridge", image, "sh", "-c", $"cat /sys/class/net/eth0/address; wget -q -O - http://{address}/ | wc -c")).Out.Split('\n')) is [_, "200000", ..],
            () => string.Join('|', other),
            seconds: 150);
        Assert.NotEqual((await node.Cli("logs", "t1")).Ok.Split('\n')[0], other[0]);
    }

    [Fact]
    [Trait("Promise", "P-81")]
    public async Task A_daemon_that_is_killed_takes_what_waits_with_it_and_leaves_what_was_taken()
    {
        Need();
        await using var node = await TestNode.StartAsync(Enabled);
        var image = await node.PullSmall();
        await Fill(node, image);
        _ = (await node.Cli("run", "-d", "--name", "t1", "--tier", "microvm", image, "sh", "-c", "echo one >/own; echo up; sleep 1000")).Ok;
        await Up(node, "t1");
        var id = await Taken(node, "t1");
        await Logged(node, 2);
        node.Kill9();
        await Running.Until(() => Task.FromResult(Machine.CountOf(node) == 1), () => "a machine that waited lives on");
        await node.StartAgain();
        Assert.Equal("one\n", (await node.Cli("exec", "t1", "cat", "/own")).Ok);
        Assert.Contains(id, Directories(node));
        _ = (await node.Cli("update", "--memory", "192Mi", "t1")).Ok;
        _ = (await node.Cli("rm", "-f", "t1")).Ok;
        Assert.Empty(Directories(node));
    }

    [Fact]
    [Trait("Promise", "P-81")]
    public async Task A_node_that_stops_ends_what_waits()
    {
        Need();
        await using var node = await TestNode.StartAsync(Enabled);
        await Fill(node, await node.PullSmall());
        await node.Stop();
        Assert.Empty(Directories(node));
        Assert.Empty(Leftovers.Processes(node));
    }

    [Fact]
    public async Task A_machine_that_ends_while_it_waits_is_given_to_nobody()
    {
        Need();
        await using var node = await TestNode.StartAsync(Enabled);
        var image = await node.PullSmall();
        await Fill(node, image);
        Machine.Of(node).KillVmm();
        Assert.Equal("one\n", (await node.Cli("run", "--rm", "--tier", "microvm", image, "echo", "one")).Ok);
    }

    private static void Need()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/qemu-system-x86_64"), "needs QEMU: apt-get install qemu-system-x86");
        Assert.SkipUnless(File.Exists(Path.Combine(Path.GetDirectoryName(Programs.Daemon)!, "guest", "kernel")), "needs a guest: scripts/guest");
    }

    /// <summary>Has the node make a template of pods like this one, and a machine of it that waits.</summary>
    private static async Task Fill(TestNode node, string image, params string[] options)
    {
        Assert.Equal("cold\n", (await node.Cli(["run", "--rm", "--tier", "microvm", .. options, image, "echo", "cold"])).Ok);
        await Logged(node, 1);
    }

    /// <summary>The machine that a pod has taken; empty: it waited for nobody.</summary>
    private static async Task<string> Taken(TestNode node, string name)
    {
        var events = (await node.Cli("events", "--follow=false", "-o", "json")).Ok.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return events.Select(static l => JsonDocument.Parse(l).RootElement)
            .Where(e => e.GetProperty("type").GetString() == "pod.machine" && e.GetProperty("podName").GetString() == name)
            .Select(static e => e.GetProperty("attributes").GetProperty("parked").GetString()!)
            .LastOrDefault(string.Empty);
    }

    private static string[] Directories(TestNode node) => [.. Directory.EnumerateDirectories(Path.Combine(node.Run, "pods")).Select(static d => Path.GetFileName(d))];

    private static int Count(TestNode node) => node.LogTail(int.MaxValue).Split(Waits).Length - 1;

    private static Task Logged(TestNode node, int times) => Running.Until(() => Task.FromResult(Count(node) >= times), () => node.LogTail(), seconds: 120);

    private static Task Up(TestNode node, string name) => Running.Until(async () => (await node.Cli("logs", name)).Out.Contains("up\n", StringComparison.Ordinal), () => "the program is not up", seconds: 90);
}
