using System.Diagnostics;
using Skerry.Bench.Macro.Measures;
using Skerry.Bench.Macro.Peers;
using Skerry.Bench.Macro.Reports;
using Skerry.Bench.Macro.Spawning;

namespace Skerry.Bench.Macro.Sections;

/// <summary>What the daemon costs while nothing happens, and whether work that came and went left anything.</summary>
internal sealed class IdleDaemon : ISection
{
    private const int Pods = 100;

    public string Name => "idle";

    public string Title => "The daemon at rest, and after many pods came and went";

    public async Task RunAsync(Bench bench, Chapter chapter)
    {
        if (await bench.SkerryAsync().ConfigureAwait(false) is not { } shared)
        {
            Missing(chapter, bench);
            return;
        }

        _ = shared;
        await using SkerryNode node = await SkerryNode.StartAsync(bench.Place, "idle").ConfigureAwait(false);
        int pid = node.Server.Pid;
        node.Pull(Registry.Small);
        List<IReadOnlyList<string>> rows = [];
        (double emptyPss, double emptyCpu) = await RestAsync(bench, pid, "0 pods", rows).ConfigureAwait(false);

        string[] names = [.. Enumerable.Range(0, Pods).Select(i => $"idle-{i}")];
        Crowd.Run(
            names.Select(n => node.Cli("run", "-d", "--network", "none", "--name", n, Registry.Small, "sleep", "100000")),
            Environment.ProcessorCount,
            bench.Place.Errors);
        (double fullPss, double fullCpu) = await RestAsync(bench, pid, $"{Pods} pods", rows).ConfigureAwait(false);
        node.Remove(names);
        chapter.Tables.Add(new Table("", ["skerryd", "PSS MB", "private MB", "threads", "descriptors", "% of a core"], rows));
        chapter.Bars.Add(new Bar("skerryd PSS, 0 pods", 30, "MB", emptyPss));
        chapter.Bars.Add(new Bar($"skerryd PSS, {Pods} pods", 40, "MB", fullPss));
        chapter.Bars.Add(new Bar("skerryd CPU, 0 pods, of a core", 0.1, "%", emptyCpu));
        chapter.Bars.Add(new Bar($"skerryd CPU, {Pods} pods, of a core", 0.1, "%", fullCpu));

        // A short series first, so that what is made once (pools, compiled queries, log files) is not called growth.
        Cycle(bench, node, Math.Min(300, bench.Options.Cycles));
        await RestShortlyAsync().ConfigureAwait(false);
        Footprint before = Footprint.Of(pid, node.Root, node.Run);
        long began = Stopwatch.GetTimestamp();
        Cycle(bench, node, bench.Options.Cycles);
        TimeSpan took = Stopwatch.GetElapsedTime(began);
        await RestShortlyAsync().ConfigureAwait(false);
        Footprint after = Footprint.Of(pid, node.Root, node.Run);
        Compare(chapter, bench.Options.Cycles, took, before, after);
    }

    private static void Compare(Chapter chapter, int cycles, TimeSpan took, Footprint before, Footprint after)
    {
        double growth = Figures.Megabytes(after.Pss - before.Pss);
        (string What, double Before, double After)[] counted =
        [
            ("descriptors", before.Descriptors, after.Descriptors),
            ("mounts", before.Mounts, after.Mounts),
            ("cgroups", before.Cgroups, after.Cgroups),
            ("processes", before.Processes, after.Processes),
            ("files and directories", before.Files, after.Files),
        ];
        chapter.Tables.Add(new Table(
            $"{cycles} times `skerry run --rm IMAGE true`, two at once, in {took.TotalSeconds:0} s",
            ["", "before", "after"],
            [
                ["PSS MB", Figures.Of(Figures.Megabytes(before.Pss)), Figures.Of(Figures.Megabytes(after.Pss))],
                ["threads", $"{before.Threads}", $"{after.Threads}"],
                .. counted.Select(c => (IReadOnlyList<string>)[c.What, $"{c.Before:0}", $"{c.After:0}"]),
            ]));
        chapter.Bars.Add(new Bar($"skerryd PSS growth after {cycles} cycles", 5, "MB", growth));
        chapter.Bars.AddRange(counted.Select(c => new Bar($"{c.What} leaked after {cycles} cycles", 0, "", Math.Max(0, c.After - c.Before))));
    }

    private static void Cycle(Bench bench, SkerryNode node, int cycles) =>
        Crowd.Run(
            Enumerable.Range(0, cycles).Select(_ => node.Cli("run", "--rm", "--network", "none", Registry.Small, "true")), 2, bench.Place.Errors);

    private static async Task<(double Pss, double Cpu)> RestAsync(Bench bench, int pid, string what, List<IReadOnlyList<string>> rows)
    {
        await RestShortlyAsync().ConfigureAwait(false);
        bench.Say($"  {what}: {bench.Options.IdleSeconds} s at rest");
        TimeSpan before = ProcessTable.Cpu(pid);
        long began = Stopwatch.GetTimestamp();
        await Task.Delay(TimeSpan.FromSeconds(bench.Options.IdleSeconds)).ConfigureAwait(false);
        double cpu = 100 * (ProcessTable.Cpu(pid) - before) / Stopwatch.GetElapsedTime(began);
        double pss = Figures.Megabytes(ProcessTable.Pss(pid));
        rows.Add(
        [
            what, Figures.Of(pss), Figures.Of(Figures.Megabytes(ProcessTable.PrivateDirty(pid))), $"{ProcessTable.Threads(pid)}",
            $"{ProcessTable.Descriptors(pid)}", Figures.Of(cpu),
        ]);
        return (pss, cpu);
    }

    private static Task RestShortlyAsync() => Task.Delay(TimeSpan.FromSeconds(5));

    private static void Missing(Chapter chapter, Bench bench)
    {
        string why = bench.Absent["Skerry"];
        chapter.Bars.Add(new Bar("skerryd PSS, 0 pods", 30, "MB", null, why));
        chapter.Bars.Add(new Bar($"skerryd PSS, {Pods} pods", 40, "MB", null, why));
        chapter.Bars.Add(new Bar("skerryd CPU, of a core", 0.1, "%", null, why));
        chapter.Bars.Add(new Bar("skerryd PSS growth", 5, "MB", null, why));
    }
}
