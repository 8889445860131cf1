using System.Text.Json;
using Skerry.Contracts.Node.V1;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Microvm;

/// <summary>Machines whose VMM dies again and again: who may leave the tier leaves it, and who may not is told why it stays.</summary>
public sealed class BreakdownTests
{
    private const string NoSandbox = "[runtime]\nsandbox = \"/nowhere/runsc\"\n";

    [Fact]
    [Trait("Promise", "P-73")]
    public async Task A_pod_whose_VMM_dies_twice_falls_within_its_minimum_with_its_network_and_the_fall_is_recorded()
    {
        Need();
        await using var node = await TestNode.StartAsync(NoSandbox);
        var image = await node.PullSmall();
        _ = (await node.Cli(
            "run", "-d", "--name", "may", "--tier", "microvm", "--min-tier", "process", "--restart", "always", "--network", "bridge", image, "sh", "-c",
            "mkdir -p /tmp/w; echo hello > /tmp/w/index.html; echo up; httpd -f -p 80 -h /tmp/w")).Ok;
        await Crash(node, "may", 1);
        Assert.Equal("microvm", (await node.List())["may"].Tier);
        await Crash(node, "may", 2);
        await node.UntilState("may", ContainerState.Running, static c => c.Tier == "process", seconds: 90);
        await Ups(node, "may", 3);
        var pod = (await node.List())["may"];
        Assert.Equal("process", pod.Tier);
        Assert.Contains("2 times in a row", pod.TierReason, StringComparison.Ordinal);
        Assert.Contains("its VMM was killed by signal 9", pod.TierReason, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => Machine.Of(node));

        // The interface that the guest had is the pod's again.
        var address = (await node.Pods.InspectAsync(new InspectPodRequest { Container = "may" })).Pod.Addresses[0].Address.Split('/')[0];
        Said? fetched = null;
        await Running.Until(
            async () => (fetched = await node.Cli("run", "--rm", "--network", "bridge", image, "wget", "-q", "-O", "-", $"http://{address}/")).Out == "hello\n", () => $"its server does not answer: {fetched}");

        node.Kill9();
        await node.StartAgain();
        Assert.Equal(["process"], await Falls(node, "may"));
        Assert.Equal("process", (await node.List())["may"].Tier);
    }

    [Fact]
    [Trait("Promise", "P-73")]
    public async Task A_pod_that_may_have_nothing_weaker_stays_and_says_why_and_one_that_names_its_tier_stays_too()
    {
        Need();
        await using var node = await TestNode.StartAsync(NoSandbox);
        var image = await node.PullSmall();
        _ = (await node.Cli("run", "-d", "--name", "must", "--min-tier", "microvm", "--restart", "always", image, "sh", "-c", "echo up; sleep 100")).Ok;
        await Crash(node, "must", 1);
        await Crash(node, "must", 2);
        await Ups(node, "must", 3);
        var pod = (await node.List())["must"];
        Assert.Equal("microvm", pod.Tier);
        Assert.Contains("2 times in a row", pod.TierReason, StringComparison.Ordinal);
        Assert.Contains("at least microvm", pod.TierReason, StringComparison.Ordinal);
        Assert.Equal([string.Empty], await Falls(node, "must"));
        _ = (await node.Cli("rm", "-f", "must")).Ok;

        _ = (await node.Cli("run", "-d", "--name", "named", "--tier", "microvm", "--restart", "always", image, "sh", "-c", "echo up; sleep 100")).Ok;
        await Crash(node, "named", 1);
        await Crash(node, "named", 2);
        await Ups(node, "named", 3);
        Assert.Equal("microvm", (await node.List())["named"].Tier);
        Assert.Empty(await Falls(node, "named"));
    }

    [Fact]
    [Trait("Promise", "P-73")]
    public async Task Programs_that_end_by_themselves_however_often_do_not_break_the_tier()
    {
        Need();
        await using var node = await TestNode.StartAsync(NoSandbox);
        var image = await node.PullSmall();
        _ = (await node.Cli("run", "-d", "--name", "own", "--tier", "microvm", "--min-tier", "process", "--restart", "always", image, "sh", "-c", "echo up; exit 9")).Ok;
        await Ups(node, "own", 4);
        Assert.Equal("microvm", (await node.List())["own"].Tier);
        _ = (await node.Cli("rm", "-f", "own")).Ok;
    }

    private static void Need()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/qemu-system-x86_64"), "needs QEMU: apt-get install qemu-system-x86");
        Assert.SkipUnless(File.Exists(Path.Combine(Path.GetDirectoryName(Programs.Daemon)!, "guest", "kernel")), "needs a guest: scripts/guest");
    }

    /// <summary>Kills the VMM of a pod when its program is up for so many times.</summary>
    private static async Task Crash(TestNode node, string name, int times)
    {
        await Ups(node, name, times);
        Machine.Of(node).KillVmm();
    }

    private static Task Ups(TestNode node, string name, int times) => Running.Until(
        async () => (await node.Cli("logs", name)).Out.Split("up\n").Length > times, () => $"the program was not up {times} times: {node.LogTail()}", seconds: 90);

    /// <summary>To which tiers a pod was moved, as the node's events have it; empty: it stayed.</summary>
    private static async Task<List<string>> Falls(TestNode node, string name) =>
    [
        .. (await node.Cli("events", "--follow=false", "-o", "json")).Ok.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(static line => JsonDocument.Parse(line).RootElement)
            .Where(e => e.GetProperty("type").GetString() == "pod.tier" && e.GetProperty("podName").GetString() == name)
            .Select(static e => e.GetProperty("attributes").GetProperty("to").GetString()!),
    ];
}
