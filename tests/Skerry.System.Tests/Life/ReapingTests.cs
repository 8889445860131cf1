using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Life;

/// <summary>Processes that have ended are reaped, also those of starts that failed: a zombie keeps its number, and what ends after it waits.</summary>
public sealed class ReapingTests
{
    [Fact]
    public async Task A_start_that_fails_leaves_no_process_that_nobody_reaps()
    {
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        foreach (var tier in (string[])["process", "sandbox"])
        {
            Assert.Contains("no-such-program", (await node.Cli("run", "--rm", "--tier", tier, image, "no-such-program")).Error, StringComparison.Ordinal);
        }

        _ = (await node.Cli("run", "-d", "--name", "up", image, "sleep", "1000")).Ok;
        Assert.Contains("no-such-program", (await node.Cli("exec", "up", "no-such-program")).Error, StringComparison.Ordinal);
        await Running.Until(() => Task.FromResult(Zombies(node).Count == 0), () => string.Join(' ', Zombies(node)));
    }

    private static List<int> Zombies(TestNode node) =>
        [.. Leftovers.All().Select(static p => p.Pid).Where(pid => Leftovers.IsZombie(pid) && Leftovers.Read($"/proc/{pid}/status").Contains($"PPid:\t{node.Pid}\n", StringComparison.Ordinal))];
}
