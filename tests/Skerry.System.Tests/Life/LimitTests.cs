using Skerry.Contracts.Node.V1;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Life;

/// <summary>Limits whose effect only time shows, and the small init.</summary>
public sealed class LimitTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private readonly TestNode _node = fixture.Node;
    private readonly string _image = fixture.Image;

    [Fact]
    public async Task A_busy_container_gets_the_share_of_a_core_that_it_may_use()
    {
        _ = (await _node.Cli("run", "-d", "--name", "busy", "--cpus", "0.2", _image, "sh", "-c", "while :; do :; done")).Ok;
        var first = await Throttled(after: 0);
        var second = await Throttled(after: first.CpuThrottledPeriods + 50); // a period is 100 ms: over 5 s it matters little how late a look was
        var seconds = (second.Time.ToDateTimeOffset() - first.Time.ToDateTimeOffset()).TotalSeconds;
        var used = (second.CpuNanoseconds - first.CpuNanoseconds) / 1e9 / seconds;
        Assert.InRange(used, 0.1, 0.27);
        _ = (await _node.Cli("rm", "-f", "busy")).Ok;

        async Task<ContainerStats> Throttled(ulong after)
        {
            ContainerStats? last = null;
            await Running.Until(
                async () =>
                {
                    using var call = _node.Pods.Stats(new StatsRequest { Containers = { "busy" } }, cancellationToken: TestContext.Current.CancellationToken);
                    Assert.True(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
                    last = Assert.Single(call.ResponseStream.Current.Containers);
                    return last.CpuThrottledPeriods > after;
                },
                () => $"it was not held back: {last}",
                seconds: 90);
            return last!;
        }
    }

    [Fact]
    public async Task An_init_reaps_what_others_leave_and_passes_signals_on()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/tini-static") || File.Exists("/usr/bin/catatonit"), "needs a static init: apt-get install tini");

        // The first process never waits for its children, and what they leave comes to the first process of the container.
        const string Leaves = "for n in $(seq 20); do (sleep 1 & true); done; exec sleep 1000";
        const string Zombies = "cat /proc/[0-9]*/stat | grep -c ') Z '";
        foreach (var init in (bool[])[false, true])
        {
            var name = init ? "with" : "without";
            _ = (await _node.Cli(["run", "-d", "--name", name, .. init ? ["--init"] : Array.Empty<string>(), _image, "sh", "-c", Leaves])).Ok;
            Said said = new(0, string.Empty, string.Empty);
            await Running.Until(
                async () =>
                {
                    said = await _node.Cli("exec", name, "sh", "-c", init ? "cat /proc/[0-9]*/comm | grep -c sleep" : Zombies);
                    return said.Out == (init ? "1\n" : "20\n");
                },
                () => $"{name}: {said}");

            // sleep as the first process is deaf to SIGTERM; behind an init it hears it.
            _ = (await _node.Cli("stop", "-t", "1", name)).Ok;
            Assert.Equal(init ? 143 : 137, (await _node.UntilState(name, ContainerState.Exited)).ExitCode);
            _ = (await _node.Cli("rm", name)).Ok;
        }

        Assert.Equal(7, (await _node.Cli("run", "--rm", "--init", _image, "sh", "-c", "exit 7")).Code);
    }

    [Fact]
    public async Task Without_an_init_on_the_machine_it_is_said_where_it_was_looked_for_and_what_to_install()
    {
        await using var node = await TestNode.StartAsync("[runtime]\ninit = \"/nowhere/tini-static\"\n");
        var image = await node.PullSmall();
        var error = (await node.Cli("run", "--rm", "--init", image, "true")).Failed(125);
        Assert.Contains("there is no /nowhere/tini-static", error, StringComparison.Ordinal);
        Assert.Contains("apt-get install tini", error, StringComparison.Ordinal);
    }
}
