using System.Globalization;
using System.Text.RegularExpressions;
using Skerry.Contracts.Node.V1;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Microvm;

/// <summary>The memory of machines that run: changed by people, given back by guests, and asked for by annotations.</summary>
public sealed class MachineSizeTests
{
    private const string Fill = "dd if=/dev/zero of=/t/x bs=1M count=80 2>/dev/null && echo filled";

    [Fact]
    [Trait("Promise", "P-54")]
    public async Task The_memory_of_a_running_machine_grows_and_shrinks_also_after_the_daemon_was_killed_and_is_kept_for_the_next_start()
    {
        Need();
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        _ = (await node.Cli("run", "-d", "--name", "m", "--tier", "microvm", "--memory", "64Mi", "--tmpfs", "/t:size=100Mi", image, "sh", "-c", "echo up; sleep 1000")).Ok;
        await Up(node, "m");
        await Running.Until(async () => await Total(node, "m") < 170, () => "the balloon was not filled", seconds: 90);
        var small = await Total(node, "m");

        _ = (await node.Cli("update", "--memory", "120Mi", "m")).Ok;
        Assert.InRange(await Total(node, "m"), small + 50, small + 60);
        Assert.Matches("/ 120(\\.0)?MiB", (await node.Cli("stats", "--no-stream", "m")).Ok);
        Assert.Equal("filled\n", (await node.Cli("exec", "m", "sh", "-c", Fill)).Ok);

        // What is in use is not taken away, and what the machine never had is not given.
        Assert.Contains("more than the new limit", (await node.Cli("update", "--memory", "64Mi", "m")).Failed(1), StringComparison.Ordinal);
        Assert.Contains("default_maxmemory", (await node.Cli("update", "--memory", "400Mi", "m")).Failed(1), StringComparison.Ordinal);
        Assert.Matches("/ 120(\\.0)?MiB", (await node.Cli("stats", "--no-stream", "m")).Ok);

        node.Kill9();
        await node.StartAgain();
        _ = (await node.Cli("exec", "m", "rm", "/t/x")).Ok;
        _ = (await node.Cli("update", "--memory", "64Mi", "--pids", "50", "m")).Ok;
        Assert.InRange(await Total(node, "m"), small - 2, small + 2);
        Assert.Matches("/ 64(\\.0)?MiB", (await node.Cli("stats", "--no-stream", "m")).Ok);
        _ = (await node.Cli("update", "--memory", "100Mi", "m")).Ok;
        _ = (await node.Cli("stop", "-t", "1", "m")).Ok;
        _ = (await node.Cli("start", "m")).Ok;
        await Running.Until(async () => Regex.IsMatch((await node.Cli("stats", "--no-stream", "m")).Out, "/ 100(\\.0)?MiB", RegexOptions.None, TimeSpan.FromSeconds(1)), () => "the limit was not kept", seconds: 90);
        _ = (await node.Cli("rm", "-f", "m")).Ok;
    }

    [Fact]
    [Trait("Promise", "P-54")]
    public async Task Memory_that_a_guest_frees_goes_back_to_the_node_by_itself()
    {
        Need();
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        _ = (await node.Cli("run", "-d", "--name", "m", "--tier", "microvm", "--memory", "128Mi", "--tmpfs", "/t:size=100Mi", image, "sh", "-c", "echo up; sleep 1000")).Ok;
        await Up(node, "m");
        Assert.Equal("filled\n", (await node.Cli("exec", "m", "sh", "-c", Fill)).Ok);
        var machine = Machine.Of(node);
        var full = machine.ResidentMebibytes();
        _ = (await node.Cli("exec", "m", "rm", "/t/x")).Ok;
        await Running.Until(() => Task.FromResult(machine.ResidentMebibytes() < full - 50), () => $"{machine.ResidentMebibytes()} MiB of {full} MiB are resident still", seconds: 90);
        _ = (await node.Cli("rm", "-f", "m")).Ok;
    }

    [Fact]
    [Trait("Promise", "P-54")]
    public async Task A_copy_of_a_template_grows_too_and_its_template_stays_as_it_is()
    {
        Need();
        await using var node = await TestNode.StartAsync("[microvm]\nenable_template = true\n");
        var image = await node.PullSmall();
        string[] options = ["--tier", "microvm", "--memory", "64Mi", "--tmpfs", "/t:size=100Mi"];
        Assert.Equal("cold\n", (await node.Cli(["run", "--rm", .. options, image, "echo", "cold"])).Ok);
        await Running.Until(() => Task.FromResult(node.LogTail(int.MaxValue).Contains("a template of", StringComparison.Ordinal)), () => node.LogTail(), seconds: 90);
        _ = (await node.Cli(["run", "-d", "--name", "m", .. options, image, "sh", "-c", "echo up; sleep 1000"])).Ok;
        await Up(node, "m");
        Assert.True(Machine.Of(node).IsCopy);
        var small = await Total(node, "m");
        _ = (await node.Cli("update", "--memory", "120Mi", "m")).Ok;
        Assert.InRange(await Total(node, "m"), small + 40, small + 80);
        Assert.Equal("filled\n", (await node.Cli("exec", "m", "sh", "-c", Fill)).Ok);
        _ = (await node.Cli("exec", "m", "rm", "/t/x")).Ok;
        _ = (await node.Cli("update", "--memory", "64Mi", "m")).Ok;
        Assert.Matches("/ 64(\\.0)?MiB", (await node.Cli("stats", "--no-stream", "m")).Ok);
        _ = (await node.Cli("update", "--memory", "100Mi", "m")).Ok;
        Assert.Equal("warm\n", (await node.Cli(["run", "--rm", .. options, image, "echo", "warm"])).Ok);
        _ = (await node.Cli("rm", "-f", "m")).Ok;
    }

    [Fact]
    [Trait("Promise", "P-57")]
    public async Task A_pod_gets_the_machine_that_its_annotations_ask_for_where_the_node_allows_it_and_is_refused_where_not()
    {
        Need();
        await using var node = await TestNode.StartAsync("[microvm]\nenable_annotations = [\"default_memory\", \"kernel_params\"]\nmemory_slots = 0\n");
        var image = await node.PullSmall();
        string[] run = ["run", "--rm", "--tier", "microvm"];
        const string Kata = "io.katacontainers.config.hypervisor.";
        var said = (await node.Cli([.. run, "--annotation", Kata + "default_memory=300", "--annotation", Kata + "kernel_params=skerrytest=1 nosmt", image, "sh", "-c", "cat /proc/cmdline; grep MemTotal /proc/meminfo"])).Ok;
        Assert.Contains(" skerrytest=1 nosmt", said, StringComparison.Ordinal);
        Assert.InRange(int.Parse(Regex.Match(said, "MemTotal: *([0-9]+) kB", RegexOptions.None, TimeSpan.FromSeconds(1)).Groups[1].Value, CultureInfo.InvariantCulture) / 1024, 300, 396);
        Assert.Contains("add \"default_vcpus\" to enable_annotations", (await node.Cli([.. run, "--annotation", Kata + "default_vcpus=2", image, "true"])).Failed(125), StringComparison.Ordinal);
        Assert.Contains("is the node's own", (await node.Cli([.. run, "--annotation", Kata + "kernel_params=init=/bin/sh", image, "true"])).Failed(125), StringComparison.Ordinal);
        Assert.Contains("is not known to the microvm tier", (await node.Cli([.. run, "--annotation", Kata + "path=/bin/sh", image, "true"])).Failed(125), StringComparison.Ordinal);
    }

    private static void Need()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/qemu-system-x86_64"), "needs QEMU: apt-get install qemu-system-x86");
        Assert.SkipUnless(File.Exists(Path.Combine(Path.GetDirectoryName(Programs.Daemon)!, "guest", "kernel")), "needs a guest: scripts/guest");
    }

    private static Task Up(TestNode node, string name) => Running.Until(async () => (await node.Cli("logs", name)).Out.Contains("up\n", StringComparison.Ordinal), () => "the program is not up", seconds: 90);

    /// <summary>MiB that the guest's kernel counts as its own.</summary>
    private static async Task<int> Total(TestNode node, string name)
    {
        var kibibytes = (await node.Cli("exec", name, "sh", "-c", "sed -n 's/^MemTotal: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo")).Ok;
        return int.Parse(kibibytes, CultureInfo.InvariantCulture) / 1024;
    }
}
