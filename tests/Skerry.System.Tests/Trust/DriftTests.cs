using Skerry.Contracts.Node.V1;
using Skerry.System.Tests.Guard;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Trust;

/// <summary>A program that is not of the image is refused before it runs: real containers, real attackers' ways.</summary>
[Trait("Promise", "P-156")]
public sealed class DriftTests
{
    private const string Deny = "images = [\"*\"]\nrequire = \"nothing\"\ndrift = \"deny\"\n";

    /// <summary>How a program comes to be that is not of the image; each tries it last and by its own name.</summary>
    public static TheoryData<string> Ways =>
    [
        "cp /bin/busybox /added && exec /added true",
        "cp /bin/busybox /tmp/added && exec /tmp/added true",
        "chmod 711 /bin/busybox && exec /bin/busybox true",
        "touch -d 2001-01-01 /bin/busybox && exec /bin/busybox true",
        "cp /bin/busybox /next && mv /next /bin/busybox && exec /bin/busybox true",
        "ln /bin/busybox /linked && exec /linked true",
        "mv /bin/busybox /moved && exec /moved true",
        "printf '#!/bin/sh\\ntrue\\n' >/script && chmod 755 /script && exec /script",
        "cp /bin/busybox /volume/added && exec /volume/added true",
        "exec /volume/busybox true",
    ];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_program_that_was_added_or_changed_is_refused_before_it_runs(string way)
    {
        await using var node = await TestNode.StartAsync(trust: Deny);
        var image = await node.PullSmall();
        Assert.SkipUnless((await node.Cli("guard", "status")).Ok.Contains("looked at before they ran", StringComparison.Ordinal), "the kernel has no permission events for programs");
        var volume = Directory.CreateDirectory(Path.Combine(node.Home, "volume")).FullName;
        File.Copy("/bin/busybox", Path.Combine(volume, "busybox"));

        var refused = await node.Cli("run", "--rm", "-v", $"{volume}:/volume", image, "sh", "-c", way);
        Assert.Equal(126, refused.Code);
        Assert.Contains("Operation not permitted", refused.Error, StringComparison.Ordinal);
        Assert.Equal("ran\n", (await node.Cli("run", "--rm", image, "sh", "-c", "exec busybox echo ran")).Ok);

        await Running.Until(async () => (await node.Cli("audit", "show", "--kind", "container.drift", "-o", "json")).Ok.Contains("\"outcome\":\"refused\"", StringComparison.Ordinal), () => node.LogTail());
        await Running.Until(async () => (await node.Cli("guard", "alerts", "--rule", "Program refused before it ran", "-o", "json")).Ok.Length > 0, () => node.LogTail());
    }

    [Fact]
    public async Task What_a_container_was_given_and_cannot_write_runs_and_so_does_what_is_of_the_image_through_an_operator()
    {
        await using var node = await TestNode.StartAsync(trust: Deny);
        var image = await node.PullSmall();
        var volume = Directory.CreateDirectory(Path.Combine(node.Home, "tools")).FullName;
        File.Copy("/bin/busybox", Path.Combine(volume, "busybox"));
        Assert.Equal("given\n", (await node.Cli("run", "--rm", "-v", $"{volume}:/tools:ro", image, "/tools/busybox", "echo", "given")).Ok);
        _ = (await node.Cli("run", "-d", "--name", "exec", image, "sleep", "1000")).Ok;
        Assert.Equal("ran\n", (await node.Cli("exec", "exec", "busybox", "echo", "ran")).Ok);
        Assert.NotEqual(0, (await node.Cli("exec", "exec", "sh", "-c", "cp /bin/busybox /added && exec /added true")).Code);
    }

    [Fact]
    public async Task A_restarted_daemon_refuses_on_and_a_layer_that_is_changed_on_disk_is_refused_while_what_runs_stays()
    {
        await using var node = await TestNode.StartAsync(trust: Deny);
        var image = await node.PullSmall();
        _ = (await node.Cli("run", "-d", "--name", "long", image, "sleep", "1000")).Ok;
        node.Kill9();

        // What was said at the start holds, whatever became of the policy.
        await node.Trust("tests", "this is no policy");
        await node.StartAgain();
        _ = (await node.Cli("exec", "long", "busybox", "true")).Ok;
        Assert.NotEqual(0, (await node.Cli("exec", "long", "sh", "-c", "cp /bin/busybox /added && exec /added true")).Code);

        var layer = Directory.EnumerateDirectories(Path.Combine(node.Root, "layers")).Select(static d => Path.Combine(d, "fs")).First(static d => File.Exists(Path.Combine(d, "bin/busybox")));
        _ = (await Running.Shell($"printf x | dd of='{layer}/bin/busybox' bs=1 seek=4096 conv=notrunc 2>/dev/null")).Ok;
        Assert.NotEqual(0, (await node.Cli("exec", "long", "busybox", "true")).Code);
        Assert.Equal(ContainerState.Running, (await node.Inspect("long")).State);
    }

    [Fact]
    public async Task Drift_that_is_only_to_be_told_runs_and_is_told()
    {
        await using var node = await TestNode.StartAsync(trust: Deny.Replace("deny", "alert", StringComparison.Ordinal));
        var image = await node.PullSmall();
        Assert.Equal("ran\n", (await node.Cli("run", "--rm", image, "sh", "-c", "mkdir /added && cp /bin/busybox /added && exec /added/busybox echo ran")).Ok);
        await Running.Until(async () => (await node.Cli("guard", "alerts", "--rule", "Program drifted from its image", "-o", "json")).Ok.Contains("/added", StringComparison.Ordinal), () => node.LogTail());
        Assert.Contains("1 not of their image", (await node.Cli("guard", "status")).Ok, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_without_a_file_is_left_to_the_rung_beneath_which_kills_it()
    {
        await using var node = await TestNode.StartAsync(trust: Deny);
        var image = await Actors.Image();
        _ = (await node.Cli("image", "pull", image)).Ok;
        _ = (await node.Cli("run", "--rm", image, "true")).Ok;
        Assert.SkipUnless((await node.Cli("guard", "status", "-o", "name")).Ok.Trim() != "blind", "the sensor does not run here");
        Assert.Contains("actor: ", (await node.Cli("run", "--rm", image, "actor", "run-from-memory")).Failed(1), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sandbox", "/usr/bin/runsc")]
    [InlineData("microvm", "/usr/bin/qemu-system-x86_64")]
    public async Task In_a_tier_where_nobody_can_refuse_a_program_the_start_is_refused(string tier, string needs)
    {
        Assert.SkipUnless(File.Exists(needs), $"needs {needs}");
        Assert.SkipUnless(tier != "microvm" || File.Exists(Path.Combine(Path.GetDirectoryName(Programs.Daemon)!, "guest", "kernel")), "needs a guest: scripts/guest");
        await using var node = await TestNode.StartAsync(trust: Deny);
        var image = await node.PullSmall();
        var refused = await node.Cli("run", "--rm", "--tier", tier, image, "true");
        Assert.Equal(125, refused.Code);
        Assert.Contains("drift = \"deny\"", refused.Error, StringComparison.Ordinal);
        Assert.Contains("--tier process", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_loop_over_refused_programs_holds_nothing_up_and_fills_no_log()
    {
        await using var node = await TestNode.StartAsync(trust: Deny);
        var image = await node.PullSmall();
        _ = (await node.Cli("run", "-d", "--name", "loop", image, "sh", "-c", "cp /bin/busybox /added; while :; do /added true 2>/dev/null; done")).Ok;
        await Running.Until(async () => (await node.Cli("guard", "status")).Ok is var status && !status.Contains(" 0 not of their image", StringComparison.Ordinal), () => node.LogTail());
        Assert.Equal("ran\n", (await node.Cli("run", "--rm", image, "sh", "-c", "for i in 1 2 3 4 5 6 7 8 9; do busybox true || exit 1; done; exec busybox echo ran")).Ok);
        _ = (await node.Cli("rm", "--force", "loop")).Ok;
        Assert.InRange((await node.Cli("guard", "alerts", "-o", "json")).Ok.Split('\n').Length, 2, 200);
    }
}
