using System.Globalization;
using Skerry.Contracts.Node.V1;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Crashes;

/// <summary>What somebody breaks under a running node, or on its disk: it heals, or says precisely what is wrong.</summary>
public sealed class DamageTests
{
    [Fact]
    public async Task A_monitor_that_is_killed_ends_its_container_and_the_restart_policy_goes_on()
    {
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        _ = (await node.Cli("run", "-d", "--name", "plain", image, "sleep", "1000")).Ok;
        _ = (await node.Cli("run", "-d", "--name", "heals", "--restart", "always", image, "sleep", "1000")).Ok;
        var pids = new[] { await node.Inspect("plain"), await node.Inspect("heals") };
        foreach (var container in pids)
        {
            await Running.Shell(string.Create(CultureInfo.InvariantCulture, $"kill -KILL {Monitor(node, container.Id)}"));
        }

        var plain = await node.UntilState("plain", ContainerState.Exited);
        Assert.Equal(255, plain.ExitCode);
        Assert.Contains("its monitor was killed", plain.Reason, StringComparison.Ordinal);
        await node.UntilState("heals", ContainerState.Running, c => c.Pid != pids[1].Pid);
        await Running.Until(() => pids.All(static p => Leftovers.IsZombie(p.Pid)), "a container outlived its monitor");
    }

    [Fact]
    public async Task A_container_killed_by_hand_has_the_signals_exit_code_and_is_started_again()
    {
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        _ = (await node.Cli("run", "-d", "--name", "heals", "--restart", "on-failure", image, "sleep", "1000")).Ok;
        var first = await node.Inspect("heals");
        await Running.Shell(string.Create(CultureInfo.InvariantCulture, $"kill -KILL {first.Pid}"));
        var second = await node.UntilState("heals", ContainerState.Running, c => c.Pid != first.Pid);
        Assert.Equal(1u, second.Restarts);
        Assert.Equal("ok\n", (await node.Cli("exec", "heals", "echo", "ok")).Ok);
    }

    [Theory]
    [InlineData("oci")]
    [InlineData("c")]
    public async Task A_container_whose_runtime_state_or_bundle_was_removed_can_be_stopped_started_and_removed(string lost)
    {
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        _ = (await node.Cli("run", "-d", "--name", "robbed", image, "sleep", "1000")).Ok;
        var container = await node.Inspect("robbed");
        Directory.Delete(Path.Combine(node.Run, lost, container.Id), recursive: true);
        _ = (await node.Cli("exec", "robbed", "true")).Error;
        node.Kill9();
        await node.StartAgain();
        Assert.Equal(ContainerState.Running, (await node.Inspect("robbed")).State);
        _ = (await node.Cli("stop", "-t", "0", "robbed")).Ok;
        await Running.Until(() => Leftovers.IsZombie(container.Pid), "the process still runs");
        _ = (await node.Cli("start", "robbed")).Ok;
        Assert.Equal("ok\n", (await node.Cli("exec", "robbed", "echo", "ok")).Ok);
        _ = (await node.Cli("rm", "-f", "robbed")).Ok;
    }

    [Fact]
    public async Task A_damaged_journal_is_refused_with_its_path_and_what_to_do()
    {
        await using var node = await TestNode.StartAsync();
        await node.PullSmall();
        await node.Stop();
        var journal = Path.Combine(node.Root, "journal.db");
        var whole = await File.ReadAllBytesAsync(journal);

        foreach (var damaged in (byte[][])[[.. "this is no journal"u8.ToArray(), .. new byte[4096]], whole[..(whole.Length / 2)]])
        {
            await File.WriteAllBytesAsync(journal, damaged);
            node.StartOnly();
            var (code, log) = await node.WaitForEnd();
            Assert.Equal(1, code);
            Assert.Contains(journal, log, StringComparison.Ordinal);
            Assert.Contains("move it away to start with an empty node", log, StringComparison.Ordinal);
        }

        await File.WriteAllBytesAsync(journal, whole);
        await node.StartAgain();
    }

    [Fact]
    public async Task On_a_full_disk_runs_and_pulls_say_so_and_go_on_when_there_is_room()
    {
        Programs.SkipUnlessANodeCanRun();
        var home = $"/tmp/skerry-test-{Environment.ProcessId}-disk";
        Directory.CreateDirectory(home);
        var disk = Path.Combine(home, "root");
        var file = home + ".ext4";
        Directory.CreateDirectory(disk);
        var made = await Running.Shell($"truncate -s 64M '{file}' && mkfs.ext4 -q -m 0 '{file}' && mount -o loop '{file}' '{disk}'");
        Assert.SkipUnless(made.Code == 0, $"needs loop devices and ext4: {made}");
        try
        {
            await using var node = await TestNode.StartAsync("[images]\nreserve = 0\n", home: home);
            var image = await node.PullSmall();
            _ = (await node.Cli("run", "-d", "--name", "before", image, "sleep", "1000")).Ok;
            using var large = TestImages.Large(40 << 20);
            var name = await TestRegistry.Push(large.Build(), "large:1");

            await Running.Shell($"dd if=/dev/zero of='{disk}/ballast' bs=4k 2>/dev/null; true");
            var pull = (await node.Cli("image", "pull", name)).Failed(1);
            Assert.Contains("free", pull, StringComparison.Ordinal);
            var run = await node.Cli("run", "--rm", image, "true");

            // The room that the journal keeps for itself may let it through; else it says why not.
            Assert.True(run.Code == 0 || (run.Code == 125 && (run.Error.Contains("full", StringComparison.Ordinal) || run.Error.Contains("space", StringComparison.Ordinal))), run.ToString());

            // What runs goes on, and what can be done without room can be done.
            Assert.Equal(ContainerState.Running, (await node.Inspect("before")).State);
            File.Delete(Path.Combine(disk, "ballast"));
            Assert.Equal("ok\n", (await node.Cli("run", "--rm", image, "echo", "ok")).Ok);
            _ = (await node.Cli("exec", "before", "true")).Ok;
        }
        finally
        {
            await Running.Shell($"umount '{disk}' 2>/dev/null; umount -l '{disk}' 2>/dev/null; rm -f '{file}'; rm -rf --one-file-system '{home}'");
        }
    }

    private static int Monitor(TestNode node, string container) =>
        Leftovers.All().Single(p => p.Words.Contains("--bundle " + Path.Combine(node.Run, "c", container) + " ", StringComparison.Ordinal)).Pid;
}
