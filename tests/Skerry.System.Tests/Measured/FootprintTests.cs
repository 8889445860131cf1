using System.Diagnostics;
using System.Globalization;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Measured;

/// <summary>What the daemon holds at rest, and what many containers that came and went leave: in every run of the tests, smaller than in the bench.</summary>
public sealed class FootprintTests
{
    private const long Mega = 1_000_000;
    private const int Cycles = 200;
    private const int Few = 10;

    [Fact]
    public async Task A_daemon_at_rest_holds_little_that_only_it_can_give_back_and_asks_for_no_processor()
    {
        NeedNative();
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        await AtMost(node, 24 * Mega, "Pss_Anon:");
        await Quiet(node);
        for (var i = 0; i < Few; i++)
        {
            _ = (await node.Cli("run", "-d", image, "sleep", "1000")).Ok;
        }

        await AtMost(node, 27 * Mega, "Pss_Anon:");
        await Quiet(node);
    }

    [Fact]
    [Trait("Promise", "P-34")]
    public async Task Containers_that_came_and_went_leave_no_descriptor_mount_group_process_or_file()
    {
        NeedNative();
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        _ = (await node.Cli("node")).Ok; // every tier has been tried then
        await Cycle(node, image, 40); // what is made once is not growth
        _ = (await node.Cli("guard", "replay", "--rules", "no-shell")).Ok; // what was recorded is in a file then
        _ = (await node.Cli("run", "--rm", image, "sleep", "2")).Ok; // and until when the guard saw
        var before = await Settled(node);
        var files = Files(node);
        var pss = Pss(node);
        await Cycle(node, image, Cycles);
        var after = string.Empty;
        await Running.Until(() => Task.FromResult((after = Held(node)) == before), () => $"before {before}, after {after}{New(files, Files(node))}", 60);
        await AtMost(node, pss + (5 * Mega));
    }

    private static void NeedNative() => Assert.SkipWhen(File.Exists(Programs.Daemon + ".dll"), "needs the published daemon: scripts/build (a built one has a runtime of its own beside it)");

    private static async Task Cycle(TestNode node, string image, int cycles)
    {
        var left = cycles;
        await Task.WhenAll(Enumerable.Range(0, 2).Select(async worker =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                _ = (await node.Cli("run", "--rm", image, "true")).Ok;
            }
        }));
    }

    /// <summary>Memory is given back in two steps, the second 40 s after the first; a trial of a tier begins that anew.</summary>
    private static Task AtMost(TestNode node, long bytes, string what = "Pss:") =>
        Running.Until(() => Task.FromResult(Pss(node, what) <= bytes), () => $"{what} {Pss(node, what)} bytes, more than {bytes}", 150);

    /// <summary>What it holds when that has been the same for a second: the connection of a command line that has ended may be open for a moment.</summary>
    private static async Task<string> Settled(TestNode node)
    {
        var (held, same) = (Held(node), Stopwatch.StartNew());
        await Running.Until(
            () =>
            {
                if (Held(node) is var now && now != held)
                {
                    held = now;
                    same.Restart();
                }

                return Task.FromResult(same.Elapsed >= TimeSpan.FromSeconds(1));
            },
            () => "what it holds does not stay the same: " + held,
            60);
        return held;
    }

    /// <summary>No more than 0.1 % of a core over some seconds, which are two steps of its clock: the best of some looks counts.</summary>
    private static async Task Quiet(TestNode node)
    {
        var share = 1.0;
        for (var look = 0; look < 6 && share > 0.001; look++)
        {
            var (before, clock) = (Processor(node), Stopwatch.StartNew());
            await Task.Delay(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
            share = Math.Min(share, (Processor(node) - before) / clock.Elapsed);
        }

        Assert.True(share <= 0.001, $"the daemon at rest uses {(100 * share).ToString("0.###", CultureInfo.InvariantCulture)} % of a core");
    }

    /// <summary>Its share of memory that is in more than one place counts in parts (proc_pid_smaps(5)).</summary>
    private static long Pss(TestNode node, string what = "Pss:") => File.ReadLines($"/proc/{Pid(node)}/smaps_rollup").Where(l => l.StartsWith(what, StringComparison.Ordinal))
        .Select(l => long.Parse(l.AsSpan(what.Length, l.Length - what.Length - 3), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture) << 10).Single();

    /// <summary>Time on a processor, that of threads which have ended too; in steps of 10 ms (proc_pid_stat(5)).</summary>
    private static TimeSpan Processor(TestNode node)
    {
        using var daemon = Process.GetProcessById(node.Pid);
        return daemon.TotalProcessorTime;
    }

    private static string Held(TestNode node)
    {
        var descriptors = Directory.EnumerateFileSystemEntries($"/proc/{Pid(node)}/fd").Count();
        var mounts = File.ReadLines($"/proc/{Pid(node)}/mountinfo").Count();
        return $"{descriptors} descriptors, {mounts} mounts, {node.CgroupDirectories().Count} groups, {Leftovers.Processes(node).Count} processes, {Files(node).Count} files";
    }

    /// <summary>
    /// All that the node keeps, but for the records of what was done, which have bounds of their own, the journal's files, which come and go, and where the
    /// scrub is, which is written a minute after the start.
    /// </summary>
    private static HashSet<string> Files(TestNode node) =>
        Running.Shell($"find '{node.Root}' '{node.Run}' ! -name 'journal.db*' ! -name 'alerts.jsonl*' ! -path '{node.Root}/audit/*' ! -path '{node.Root}/record/*' ! -path '{node.Root}/scrub*'").GetAwaiter().GetResult().Ok
        .Split('\n', StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal);

    private static string New(HashSet<string> before, HashSet<string> after) => string.Concat(after.Except(before).Order(StringComparer.Ordinal).Take(10).Select(static f => "\n  new: " + f));

    private static string Pid(TestNode node) => node.Pid.ToString(CultureInfo.InvariantCulture);
}
