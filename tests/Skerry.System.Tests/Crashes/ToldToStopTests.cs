using System.Diagnostics;
using System.Globalization;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Crashes;

/// <summary>SIGTERM at any moment of a daemon's start: it ends by itself, soon, and leaves nothing.</summary>
public sealed class ToldToStopTests
{
    private const int Terminated = 128 + 15;

    /// <summary>But for the first milliseconds, in which it cannot hear a signal and the kernel ends it.</summary>
    [Fact]
    [Trait("Promise", "P-190")]
    public async Task A_node_that_is_told_to_stop_while_it_starts_stops()
    {
        await using var node = await TestNode.StartAsync();
        await node.Stop();
        var clock = Stopwatch.StartNew();
        node.StartOnly();
        await Running.Until(() => File.Exists(Path.Combine(node.Run, "node.sock")), "the node does not listen");
        var start = clock.Elapsed;
        await node.Signal("TERM");
        Assert.Equal(0, (await node.WaitForEnd()).Code);

        // From the very beginning to when it has served for a while.
        for (var part = 0; part <= 24; part++)
        {
            node.StartOnly();
            await Task.Delay(start * (part / 20.0));
            await node.Signal("TERM");
            var (code, log) = await node.WaitForEnd();
            Assert.True(code is 0 or Terminated, string.Create(CultureInfo.InvariantCulture, $"{part}: ended with {code}: {log}"));
        }
    }

    [Fact]
    [Trait("Promise", "P-190")]
    public async Task A_request_for_new_rules_while_it_starts_does_not_end_a_node()
    {
        await using var node = await TestNode.StartAsync();
        await node.Stop();
        Directory.Delete(Path.Combine(node.Run, "ns"), recursive: true);
        node.StartOnly();
        await Running.Until(() => Directory.Exists(Path.Combine(node.Run, "ns")), "the node does not start");
        for (var i = 0; i < 20; i++)
        {
            await node.Signal("HUP");
            await Task.Delay(20);
        }

        await Running.Until(() => File.Exists(Path.Combine(node.Run, "node.sock")), "the node does not listen");
        _ = (await node.Cli("ps")).Ok;
    }
}
