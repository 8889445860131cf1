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
        Assert.Equal(126, (await node.Cli("exec", "exec", "sh", "-c", "cp /bin/busybox /added && exec /added true")).Code);
        Assert.Equal("exec: Operation not permitted\n", (await node.Cli("exec", "exec", "/added", "true")).Failed(1));
    }

    [Fact]
    public async Task A_restarted_daemon_holds_what_runs_to_the_policy_that_it_was_started_by_also_where_its_image_cannot_be_read_any_more()
    {
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        _ = (await node.Cli("run", "-d", "--name", "long", "--restart", "always", image, "sleep", "1000")).Ok;
        var first = await node.Inspect("long");
        node.Kill9();
        await node.Trust("tests", Deny);
        foreach (var record in Directory.EnumerateFiles(Path.Combine(node.Root, "images"), "*.json"))
        {
            await File.WriteAllTextAsync(record, "{", TestContext.Current.CancellationToken);
        }

        await node.StartAgain();
        Assert.Contains("adopted 1 running containers of 1 pods", node.LogTail(int.MaxValue), StringComparison.Ordinal);
        Assert.DoesNotContain("reconciling failed", node.LogTail(int.MaxValue), StringComparison.Ordinal);
        Assert.Equal(first.Pid, (await node.Inspect("long")).Pid);
        Assert.Equal("ran\n", (await node.Cli("exec", "long", "sh", "-c", "cp /bin/busybox /busybox && exec /busybox echo ran")).Ok);
        Assert.Contains("image record", (await node.Cli("doctor")).Out, StringComparison.Ordinal);
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
        Assert.Equal(126, (await node.Cli("exec", "long", "sh", "-c", "cp /bin/busybox /added && exec /added true")).Code);

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
        var planned = await node.Cli("run", "--dry-run", "--tier", tier, image);
        Assert.Equal(125, planned.Code);
        Assert.Contains("drift = \"deny\"", planned.Out, StringComparison.Ordinal);
        Assert.Empty((await node.Cli("ps", "-a", "-o", "name")).Ok);
    }

    [Fact]
    public async Task A_pod_that_names_no_tier_gets_one_where_what_drifts_can_be_refused_or_none()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/runsc"), "needs /usr/bin/runsc");
        await using var node = await TestNode.StartAsync(trust: Deny);
        var image = await node.PullSmall();
        var file = Path.Combine(node.Home, "policies", "tiers.toml");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var lattice = (await node.Cli("node", "--lattice")).Ok.Replace("auto_prefers = \"speed\"", "auto_prefers = \"strength\"", StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, lattice.Replace("\"microvm\", ", "", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        await node.Stop();
        await node.StartAgain();

        // The sandbox is known to work after this, and would be what the planner gives unasked.
        var refused = await node.Cli("run", "--rm", "--min-tier", "sandbox", image, "true");
        Assert.Equal(125, refused.Code);
        Assert.Contains("drift = \"deny\"", refused.Error, StringComparison.Ordinal);
        var planned = (await node.Cli("run", "--dry-run", image)).Ok;
        Assert.Contains("tier     process", planned, StringComparison.Ordinal);
        Assert.Contains("drift = \"deny\"", planned, StringComparison.Ordinal);
        await node.Trust("tests", Deny.Replace("deny", "alert", StringComparison.Ordinal));
        Assert.Contains("tier     sandbox", (await node.Cli("run", "--dry-run", image)).Ok, StringComparison.Ordinal);

        // What may not run at all gets none.
        await node.Trust("tests", "");
        var untrusted = await node.Cli("run", "--dry-run", image);
        Assert.Equal(125, untrusted.Code);
        Assert.Contains("no trust policy is for", untrusted.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_that_is_run_by_its_id_is_held_to_the_strictest_policy_of_its_names()
    {
        await using var node = await TestNode.StartAsync(trust: "images = [\"*\"]\nrequire = \"nothing\"\n");
        var image = await node.PullSmall();
        Assert.SkipUnless((await node.Cli("guard", "status")).Ok.Contains("looked at before they ran", StringComparison.Ordinal), "the kernel has no permission events for programs");
        _ = (await node.Cli("image", "tag", image, "registry.example/strict:1")).Ok;
        _ = (await node.Cli("trust", "add", "strict", "--image", "registry.example/strict", "--unsigned", "--drift", "deny")).Ok;
        var id = (await node.Cli("image", "ls", "-q")).Ok.Split('\n')[0];
        Assert.Equal("ran\n", (await node.Cli("run", "--rm", image, "sh", "-c", "cp /bin/busybox /tmp/busybox && exec /tmp/busybox echo ran")).Ok);
        Assert.Equal(126, (await node.Cli("run", "--rm", id, "sh", "-c", "cp /bin/busybox /tmp/busybox && exec /tmp/busybox echo ran")).Code);
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
