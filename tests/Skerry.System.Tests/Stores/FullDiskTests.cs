using Skerry.Contracts.Node.V1;
using Skerry.Oci.Archives;
using Skerry.Oci.Layers;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Stores;

/// <summary>A node whose disk really is too small: a small file system in memory holds all that it keeps.</summary>
[Trait("Promise", "P-22")]
public sealed class FullDiskTests
{
    [Fact]
    public Task A_pull_larger_than_the_disk_is_refused_before_a_layer_is_fetched_with_numbers() => OnDisk("size=64m", async node =>
    {
        using (var large = TestImages.Large(70 << 20))
        {
            await TestRegistry.Push(large.Build(), "large:2");
        }

        var said = (await node.Cli("image", "pull", $"{await TestRegistry.Host()}/large:2")).Failed(1);
        Assert.Matches(@"needs about [0-9.]+ ?[MG]i?B? \([0-9.]+ ?Mi?B? to fetch, [0-9.]+ ?[MG]i?B? unpacked\), but .* has [0-9.]+ ?Mi?B? free above its reserve", said);
        Assert.Contains("skerry image prune", said, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(node.Root, "content/ingest")));
        await Works(node);
    });

    [Fact]
    public Task Layers_that_expand_beyond_the_disk_leave_a_clean_store_and_an_error_that_says_what_to_free() => OnDisk("size=48m", async node =>
    {
        var small = await node.PullSmall();
        using var builder = TestImages.Small();
        builder.AddLayer(static layer => layer.Write(new NewEntry("zeros", LayerEntryType.File), new byte[64 << 20]));
        var name = await TestRegistry.Push(builder.Build(), "expands:1");
        var said = (await node.Cli("image", "pull", name)).Failed(1);
        Assert.Contains("is full", said, StringComparison.Ordinal);
        Assert.Contains("The store is as before", said, StringComparison.Ordinal);
        Assert.Contains("skerry image prune", said, StringComparison.Ordinal);
        await Clean(node, name);
        Assert.Equal("ok\n", (await node.Cli("run", "--rm", small, "echo", "ok")).Ok);
    });

    [Fact]
    public Task A_disk_without_inodes_says_so_and_the_store_is_clean() => OnDisk("size=256m,nr_inodes=1200", async node =>
    {
        var small = await node.PullSmall();
        using var builder = TestImages.Small();
        builder.AddLayer(static layer =>
        {
            for (var i = 0; i < 3000; i++)
            {
                layer.Write(new NewEntry($"f{i}", LayerEntryType.File));
            }
        });
        var name = await TestRegistry.Push(builder.Build(), "inodes:1");
        var said = (await node.Cli("image", "pull", name)).Failed(1);
        Assert.Contains("no inode left, all of its 1200 are in use", said, StringComparison.Ordinal);
        Assert.Contains("skerry image prune", said, StringComparison.Ordinal);
        await Clean(node, name);
        Assert.Equal("ok\n", (await node.Cli("run", "--rm", small, "echo", "ok")).Ok);
    });

    [Fact]
    public Task On_a_disk_without_one_free_byte_containers_run_on_and_can_be_stopped_and_removed() => OnDisk("size=48m", async node =>
    {
        var small = await node.PullSmall();
        foreach (var name in (string[])["one", "two", "three"])
        {
            _ = (await node.Cli("run", "-d", "--name", name, small, "sleep", "1000")).Ok;
        }

        var ballast = Path.Combine(node.Root, "ballast");
        await Running.Shell($"dd if=/dev/zero of='{ballast}' bs=4k 2>/dev/null; true");
        _ = (await node.Cli("exec", "one", "true")).Ok;
        _ = (await node.Cli("stop", "-t", "0", "one")).Ok;
        await node.UntilState("one", ContainerState.Exited);
        _ = (await node.Cli("kill", "two")).Ok;
        await node.UntilState("two", ContainerState.Exited);
        _ = (await node.Cli("rm", "-f", "one")).Ok;
        Assert.Equal(ContainerState.Running, (await node.Inspect("three")).State);
        var run = await node.Cli("run", "--rm", small, "true");
        Assert.True(run.Code is 0 or 125, run.ToString());
        Assert.True(run.Code == 0 || run.Error.Contains("full", StringComparison.Ordinal) || run.Error.Contains("space", StringComparison.Ordinal), run.ToString());
        Assert.True(node.IsUp, node.LogTail());
        File.Delete(ballast);
        await Works(node);
        _ = (await node.Cli("stop", "-t", "0", "three")).Ok;

        // What was done while it was full is remembered.
        node.Kill9();
        await node.StartAgain();
        Assert.Equal(ContainerState.Exited, (await node.Inspect("two")).State);
        Assert.Equal(ContainerState.Exited, (await node.Inspect("three")).State);
    });

    [Fact]
    public Task A_daemon_that_is_killed_on_a_disk_without_one_free_byte_starts_and_its_pods_run_on() => OnDisk("size=48m", async node =>
    {
        var small = await node.PullSmall();
        foreach (var name in (string[])["one", "two"])
        {
            _ = (await node.Cli("run", "-d", "--name", name, small, "sleep", "1000")).Ok;
        }

        var before = await node.Inspect("one");
        var ballast = await Fill(node);
        for (var round = 0; round < 3; round++)
        {
            node.Kill9();
            await node.StartAgain();
            var after = await node.Inspect("one");
            Assert.Equal((ContainerState.Running, before.Pid), (after.State, after.Pid));
        }

        _ = (await node.Cli("stop", "-t", "0", "two")).Ok;
        await node.UntilState("two", ContainerState.Exited);
        File.Delete(ballast);
        _ = (await node.Cli("exec", "one", "true")).Ok;
        Assert.Contains("without closing the log", (await node.Cli("audit", "show")).Ok, StringComparison.Ordinal);
        Assert.DoesNotContain("set aside", node.LogTail(), StringComparison.Ordinal);
        await Works(node);
    });

    [Fact]
    public Task A_machine_that_was_booted_with_a_disk_without_one_free_byte_has_its_node_again() => OnDisk("size=48m", async node =>
    {
        _ = (await node.Cli("run", "-d", "--name", "one", await node.PullSmall(), "sleep", "1000")).Ok;
        var ballast = await Fill(node);
        await node.Reboot();
        await node.StartAgain();
        await node.UntilState("one", ContainerState.Exited);
        File.Delete(ballast);
        _ = (await node.Cli("start", "one")).Ok;
        await node.UntilState("one", ContainerState.Running);
        await Works(node);
    }, ownBootId: true);

    /// <summary>Takes the last byte of the disk, and of the log's last page.</summary>
    private static async Task<string> Fill(TestNode node)
    {
        var ballast = Path.Combine(node.Root, "ballast");
        await Running.Shell($"dd if=/dev/zero of='{ballast}' bs=4k 2>/dev/null; true");
        while ((await node.Cli("exec", "one", "true")).Code == 0)
        {
        }

        return ballast;
    }

    private static async Task Works(TestNode node) =>
        Assert.Equal("ok\n", (await node.Cli("run", "--rm", await TestNode.Image(), "echo", "ok")).Ok);

    private static async Task Clean(TestNode node, string image)
    {
        Assert.DoesNotContain(image, (await node.Cli("image", "ls", "-o", "name")).Ok, StringComparison.Ordinal);
        Assert.All(Directory.EnumerateDirectories(Path.Combine(node.Root, "layers")), static d => Assert.StartsWith("sha256-", Path.GetFileName(d), StringComparison.Ordinal));
        _ = (await node.Cli("image", "scrub")).Ok;
    }

    private static async Task OnDisk(string options, Func<TestNode, Task> body, bool ownBootId = false)
    {
        Programs.SkipUnlessANodeCanRun();
        var home = $"/tmp/skerry-test-{Environment.ProcessId}-small";
        var disk = Path.Combine(home, "root");
        Directory.CreateDirectory(disk);
        var made = await Running.Shell($"mount -t tmpfs -o {options} none '{disk}'");
        Assert.SkipUnless(made.Code == 0, $"needs tmpfs: {made}");
        try
        {
            await using var node = await TestNode.StartAsync("[images]\nreserve = 0\n", ownBootId, home: home);
            try
            {
                await body(node);
            }
            finally
            {
                // Ending a node on a full disk is what a test does before it comes here.
                File.Delete(Path.Combine(disk, "ballast"));
            }
        }
        finally
        {
            await Running.Shell($"umount '{disk}' 2>/dev/null; umount -l '{disk}' 2>/dev/null; rm -rf --one-file-system '{home}'");
        }
    }
}
