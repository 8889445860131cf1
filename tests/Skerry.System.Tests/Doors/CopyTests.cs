using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Doors;

/// <summary>Files into and out of containers, through the real command line, while the container does what it can against it.</summary>
public sealed class CopyTests
{
    [Fact]
    public async Task Files_go_in_and_come_out_of_containers_that_run_and_that_do_not()
    {
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        var file = Path.Combine(node.Home, "file");
        await File.WriteAllTextAsync(file, "content", TestContext.Current.CancellationToken);
        _ = (await node.Cli("run", "-d", "--name", "c", image, "sleep", "1000")).Ok;
        _ = (await node.Cli("cp", file, "c:/running")).Ok;
        Assert.Equal("content", (await node.Cli("exec", "c", "cat", "/running")).Ok);
        _ = (await node.Cli("stop", "-t", "0", "c")).Ok;
        _ = (await node.Cli("cp", file, "c:/stopped")).Ok;
        _ = (await node.Cli("cp", "c:/running", node.Home)).Ok;
        Assert.Equal("content", await File.ReadAllTextAsync(Path.Combine(node.Home, "running"), TestContext.Current.CancellationToken));
        _ = (await node.Cli("start", "c")).Ok;
        Assert.Equal("content", (await node.Cli("exec", "c", "cat", "/stopped")).Ok);
    }

    [Fact]
    public async Task A_container_that_exchanges_a_directory_for_a_link_to_the_host_gains_nothing()
    {
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        var outside = Path.Combine(node.Home, "outside");
        Directory.CreateDirectory(outside);
        await File.WriteAllTextAsync(Path.Combine(outside, "file"), "secret of the host", TestContext.Current.CancellationToken);
        var mine = Path.Combine(node.Home, "mine");
        await File.WriteAllTextAsync(mine, "content", TestContext.Current.CancellationToken);
        var swap = $"mkdir -p /srv/a /srv/d; echo own >/srv/d/file; ln -s {outside} /srv/l; while true; do mv -T /srv/d /srv/a/d; mv -T /srv/l /srv/d; mv -T /srv/d /srv/l; mv -T /srv/a/d /srv/d; done";
        _ = (await node.Cli("run", "-d", "--name", "c", image, "sh", "-c", swap)).Ok;
        for (var i = 0; i < 20; i++)
        {
            _ = await node.Cli("cp", mine, "c:/srv/d/file");
            var came = Path.Combine(node.Home, "came");
            File.Delete(came);
            _ = await node.Cli("cp", "c:/srv/d/file", came);
            Assert.False(File.Exists(came) && (await File.ReadAllTextAsync(came, TestContext.Current.CancellationToken)).Contains("secret", StringComparison.Ordinal));
        }

        Assert.Equal("secret of the host", await File.ReadAllTextAsync(Path.Combine(outside, "file"), TestContext.Current.CancellationToken));
        Assert.Single(Directory.GetFileSystemEntries(outside));
    }

    [Fact]
    public async Task A_mount_in_the_container_is_not_replaced()
    {
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        var file = Path.Combine(node.Home, "file");
        await File.WriteAllTextAsync(file, "mounted", TestContext.Current.CancellationToken);
        _ = (await node.Cli("run", "-d", "--name", "c", "-v", $"{file}:/mounted:ro", image, "sleep", "1000")).Ok;
        Assert.Contains("mount of its own", (await node.Cli("cp", file, "c:/mounted")).Failed(1), StringComparison.Ordinal);
        Assert.Equal("mounted", (await node.Cli("exec", "c", "cat", "/mounted")).Ok);
    }
}
