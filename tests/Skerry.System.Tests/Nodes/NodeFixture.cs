namespace Skerry.System.Tests.Nodes;

/// <summary>One node with the small image for all tests of a class; each test removes the pods that it made.</summary>
public sealed class NodeFixture : IAsyncLifetime
{
    private TestNode? _node;

    internal TestNode Node => _node ?? throw new InvalidOperationException("the node was not started");

    internal string Image { get; private set; } = string.Empty;

    public async ValueTask InitializeAsync()
    {
        _node = await TestNode.StartAsync();
        Image = await _node.PullSmall();
    }

    public ValueTask DisposeAsync() => _node?.DisposeAsync() ?? ValueTask.CompletedTask;
}
