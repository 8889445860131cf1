using System.Globalization;
using Grpc.Core;
using Skerry.Contracts.Node.V1;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Doors;

/// <summary>Logs, events and limits over the lives of a container and of the daemon.</summary>
public sealed class ReadingTests
{
    [Fact]
    public async Task A_log_is_followed_over_restarts_and_over_its_beginning_anew_without_a_gap()
    {
        await using var node = await TestNode.StartAsync("[log]\ncontainer_max_size = \"64Ki\"\n");
        var image = await node.PullSmall();
        const string count = "i=$(cat /n 2>/dev/null || echo 0); while [ $i -lt 4000 ]; do i=$((i+1)); echo $i; [ $((i % 1000)) = 0 ] && echo $i >/n && exit 1; done; exit 0";
        _ = (await node.Cli("run", "-d", "--restart", "on-failure", "--name", "c", image, "sh", "-c", "sleep 0.2; " + count)).Ok;
        var lines = (await node.Cli("logs", "-f", "c")).Ok.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Enumerable.Range(1, 4000).Select(static n => n.ToString(CultureInfo.InvariantCulture)), lines);
    }

    [Theory]
    [InlineData("stop")]
    [InlineData("rm -f")]
    public async Task Who_follows_the_log_of_a_container_that_waits_for_its_restart_hears_that_there_will_be_none(string end)
    {
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        _ = (await node.Cli("run", "-d", "--restart", "always", "--name", "c", image, "sh", "-c", "echo line; exit 1")).Ok;

        // Waits long enough that nobody takes its next start for the end.
        var waiting = await node.UntilState("c", ContainerState.Waiting, static c => c.Restarts >= 4);
        using var follower = node.StartCli("logs", "-f", "--tail", "1", "c");
        Assert.Equal("line", await follower.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Running.Patience));
        Assert.False(follower.HasExited);
        _ = (await node.Cli([.. end.Split(' '), "c"])).Ok;
        await follower.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Running.Patience);
        Assert.Equal(0, follower.ExitCode);
        Assert.Equal(ContainerState.Waiting, waiting.State);
    }

    [Fact]
    public async Task Who_follows_events_from_the_past_gets_each_once_and_in_order()
    {
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        _ = (await node.Cli("run", "--rm", image, "true")).Ok;
        using var follow = node.Pods.Events(new EventsRequest { Follow = true, Since = new() }, cancellationToken: TestContext.Current.CancellationToken);
        var busy = Task.Run(async () =>
        {
            for (var i = 0; i < 5; i++)
            {
                _ = (await node.Cli("run", "--rm", image, "true")).Ok;
            }
        });
        var seen = new List<ulong>();
        var removed = 0;
        while (removed < 6 && await follow.ResponseStream.MoveNext(TestContext.Current.CancellationToken))
        {
            seen.Add(follow.ResponseStream.Current.Sequence);
            removed += follow.ResponseStream.Current.Type == "pod.remove" ? 1 : 0;
        }

        await busy;
        Assert.Equal(Enumerable.Range(1, seen.Count).Select(static n => (ulong)n), seen);
    }

    [Fact]
    public async Task Events_are_new_ones_while_followed_and_recorded_ones_when_not()
    {
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        _ = (await node.Cli("run", "--rm", "--name", "before", image, "true")).Ok;
        var recorded = string.Empty;
        await Running.Until(
            async () => (recorded = (await node.Cli("events", "--follow=false")).Ok).Contains("pod.remove before", StringComparison.Ordinal),
            () => "recorded is " + recorded);
        Assert.Contains("image.pull", recorded, StringComparison.Ordinal);
        Assert.Contains("container.start before", recorded, StringComparison.Ordinal);
        Assert.Equal(recorded, (await node.Cli("events", "--until", "0s")).Ok);
        Assert.Equal(recorded, (await node.Cli("events", "--follow=false", "--since", "1h")).Ok);
        Assert.Empty((await node.Cli("events", "--follow=false", "--since", "0s")).Ok);
        Assert.DoesNotContain("image.pull", (await node.Cli("events", "--follow=false", "before")).Ok, StringComparison.Ordinal);

        var last = (ulong)recorded.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;
        using var follow = node.Pods.Events(new EventsRequest { Follow = true }, cancellationToken: TestContext.Current.CancellationToken);
        var next = follow.ResponseStream.MoveNext(TestContext.Current.CancellationToken);
        while (!next.IsCompleted)
        {
            _ = (await node.Cli("run", "--rm", image, "true")).Ok;
        }

        Assert.True(await next);
        Assert.True(follow.ResponseStream.Current.Sequence > last, $"{follow.ResponseStream.Current} was recorded before, as one of {last}");
    }

    [Fact]
    public async Task New_limits_are_in_force_at_once_and_after_a_restart_of_all()
    {
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        _ = (await node.Cli("run", "-d", "--name", "c", "--memory", "64Mi", image, "sleep", "1000")).Ok;
        _ = (await node.Cli("update", "--memory", "32Mi", "--pids", "17", "c")).Ok;
        await Limits();
        node.Kill9();
        await node.StartAgain();
        await Limits();
        _ = (await node.Cli("stop", "-t", "0", "c")).Ok;
        _ = (await node.Cli("start", "c")).Ok;
        await Limits();

        async Task Limits()
        {
            using var stats = node.Pods.Stats(new StatsRequest { Containers = { "c" } }, cancellationToken: TestContext.Current.CancellationToken);
            Assert.True(await stats.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
            var one = Assert.Single(stats.ResponseStream.Current.Containers);
            Assert.Equal((32UL << 20, 17UL), (one.MemoryLimitBytes, one.PidsLimit));
        }
    }
}
