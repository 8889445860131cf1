using System.Collections.Concurrent;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Tiers;

/// <summary>One node for all tiers, with a container in each that execs are tried in.</summary>
public sealed class TierFixture : IAsyncLifetime
{
    private readonly ConcurrentDictionary<string, Lazy<Task<string>>> _keepers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<Task<string?>>> _reasons = new(StringComparer.Ordinal);
    private TestNode? _node;

    internal TestNode Node => _node ?? throw new InvalidOperationException("the node was not started");

    internal string Image { get; private set; } = string.Empty;

    public async ValueTask InitializeAsync()
    {
        _node = await TestNode.StartAsync();
        Image = await _node.PullSmall();
    }

    public ValueTask DisposeAsync() => _node?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Skips the test where the tier does not work, with the node's own reason.</summary>
    internal async Task Need(string tier)
    {
        var reason = await _reasons.GetOrAdd(tier, t => new Lazy<Task<string?>>(() => Ask(t))).Value;
        Assert.SkipWhen(reason is not null, $"tier {tier}: {reason}");
    }

    /// <summary>A container of the tier that runs until the end.</summary>
    internal Task<string> Keeper(string tier) => _keepers.GetOrAdd(tier, t => new Lazy<Task<string>>(() => Start(t))).Value;

    private async Task<string?> Ask(string tier)
    {
        var said = await Node.Cli("run", "--rm", "--tier", tier, Image, "true");
        return said.Code == 0 ? null : said.Code == 125 ? said.Error.Trim() : throw new InvalidOperationException($"tier {tier} is there and does not work: {said}");
    }

    private async Task<string> Start(string tier)
    {
        var name = "keeper-" + tier;
        var said = await Node.Cli(
            "run", "-d", "--name", name, "--hostname", "keeper", "--tier", tier, "-e", "OWN=container", "-w", "/tmp", Image, "sh", "-c", "echo made by the container >/own; while :; do sleep 1; done # keeper");
        _ = said.Ok;
        await Running.Until(async () => (await Node.Cli("exec", name, "cat", "/own")).Code == 0, () => $"{name} is not up", seconds: 90);
        return name;
    }
}
