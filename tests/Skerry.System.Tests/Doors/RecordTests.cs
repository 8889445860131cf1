using Skerry.Guard.Alerts;
using Skerry.Guard.Events;
using Skerry.Guard.Recorder;
using Skerry.Guard.Rules;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Doors;

/// <summary>The flight recorder of a published node, asked by the published command line. The recording is one that was written before the node started.</summary>
public sealed class RecordTests
{
    [Fact]
    public async Task A_node_tells_how_it_records_and_has_nothing_to_judge_yet()
    {
        await using var node = await TestNode.StartAsync();
        Assert.Contains("recording  on", (await node.Cli("guard", "record")).Ok, StringComparison.Ordinal);
        var said = await node.Cli("guard", "replay", "--rules", "no-shell");
        Assert.Equal("", said.Ok);
        Assert.Equal("0 events judged, 0 alerts\n", said.Error);
    }

    [Fact]
    public async Task A_node_gives_out_what_is_recorded_also_behind_a_block_that_a_power_cut_left_half_written()
    {
        await using var node = await TestNode.StartAsync();
        await node.Stop();
        var directory = new RecordDirectory(Path.Combine(node.Root, "record"));
        Directory.CreateDirectory(directory.Path);
        using (var writer = new BlockWriter())
        {
            Assert.True(writer.TryAppend(Shell(1)));
            var whole = writer.Seal(41, 0).ToArray();
            await File.WriteAllBytesAsync(directory.SegmentOf(41), [.. whole, .. whole.AsSpan(0, whole.Length - 1)], TestContext.Current.CancellationToken);
        }

        await node.StartAgain();
        Assert.Contains("were no whole block and are cut off", node.LogTail(int.MaxValue), StringComparison.Ordinal);
        var alert = (await node.Cli("guard", "replay", "--rules", "no-shell", "-o", "json")).Ok;
        var loader = new RuleLoader();
        Assert.True(loader.Load("no-shell", BuiltInPolicies.Find("no-shell")!).IsSuccessful);
        var id = AlertId.Of(loader.Rules[0], Shell(1));
        Assert.Contains($"\"uuid\":\"{id}\"", Assert.Single(alert.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Contains("yes  proc.name in (", (await node.Cli("guard", "explain", id.ToString(), "--rules", "no-shell")).Ok, StringComparison.Ordinal);
        Assert.Contains("there are events of web", (await node.Cli("guard", "replay", "--rules", "no-shell", "--container", "other")).Failed(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_is_told_not_to_records_nothing_and_says_so()
    {
        await using var node = await TestNode.StartAsync("[record]\nenabled = false\n");
        Assert.Equal("recording  off\n", (await node.Cli("guard", "record")).Ok);
        Assert.Contains("this node records no kernel events", (await node.Cli("guard", "replay", "--rules", "no-shell")).Failed(1), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(node.Root, "record")));
    }

    private static KernelEvent Shell(ulong number)
    {
        var e = new KernelEvent();
        e.Begin(EventTypes.Get("execve"));
        (e.Number, e.Timestamp, e.ThreadId, e.Result, e.HostName) = (number, 1_700_000_000_000_000_000, 7, 0, "edge");
        e.Process = new ProcessFacts { Name = "sh", Pid = 7, ExecutablePath = "/bin/sh", Container = new ContainerFacts { Id = "3ad7b26ded6d", FullId = "3ad7b26ded6d8e7b", Name = "web" } };
        return e;
    }
}
