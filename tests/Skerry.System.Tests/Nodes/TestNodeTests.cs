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
}
