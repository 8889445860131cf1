namespace Skerry.System.Tests.Nodes;

/// <summary>A node comes up, runs a container by the real command line, and leaves nothing.</summary>
public sealed class TestNodeTests
{
    [Fact]
    public async Task A_private_node_runs_a_container_and_leaves_nothing()
    {
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        var said = await node.Cli("run", "--rm", image, "sh", "-c", "cat /etc/layer; ls /gone 2>&1; echo $FROM_IMAGE");
        Assert.Equal("3\nls: /gone: No such file or directory\nyes\n", said.Ok);
    }

    /// <summary>Root of a container's users is nobody here: it cannot pass a directory that is root's alone.</summary>
    [Fact]
    public async Task A_node_that_finds_no_runtime_says_so_and_leaves_no_control_group()
    {
        await using var node = await TestNode.StartAsync();
        await node.Stop();
        var open = File.GetUnixFileMode(node.Home);
        File.Delete(Path.Combine(node.Root, "runtime.json"));
        File.SetUnixFileMode(node.Home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        try
        {
            node.StartOnly();
            var (code, log) = await node.WaitForEnd();
            Assert.Equal(1, code);
            Assert.Contains($"no OCI runtime works here: {node.Home} cannot be passed by the users of containers", log, StringComparison.Ordinal);
            Assert.Empty(node.CgroupDirectories());
        }
        finally
        {
            File.SetUnixFileMode(node.Home, open);
        }
    }
}
