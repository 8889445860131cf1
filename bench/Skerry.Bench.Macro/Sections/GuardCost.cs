using System.Globalization;
using Skerry.Bench.Macro.Measures;
using Skerry.Bench.Macro.Peers;
using Skerry.Bench.Macro.Reports;
using Skerry.Bench.Macro.Spawning;

namespace Skerry.Bench.Macro.Sections;

/// <summary>What being watched costs: the node at a steady rate, and work in a container with the guard, without it, and beside bpftrace.</summary>
internal sealed class GuardCost : ISection
{
    private const int Rate = 3000;

    private static readonly (string Name, string[] Load)[] Works =
    [
        ("1500 programs started", ["execs", "1500"]), ("20 000 files made, read and removed", ["files", "20000"]), ("60 units of a build", ["build", "60"]),
    ];

    public string Name => "guard-cost";

    public string Title => "The guard: what it costs";

    public async Task RunAsync(Bench bench, Chapter chapter)
    {
        if (await bench.GuardedAsync("guarded", $"[guard]\nall_rules = true\nrules = [{GuardAnswers.Files()}]\n").ConfigureAwait(false) is not { } guarded)
        {
            chapter.Bars.Add(new Bar($"skerryd at {Rate} events a second, of a core", 2, "%", null, bench.Absent["Skerry"]));
            return;
        }

        await using (guarded)
        {
            await SteadyAsync(bench, chapter, guarded).ConfigureAwait(false);
            await using SkerryNode plain = (await bench.GuardedAsync("unguarded", "[guard]\nenabled = false\n").ConfigureAwait(false))!;
            await WorkAsync(bench, chapter, guarded, plain).ConfigureAwait(false);
        }
    }

    private static async Task SteadyAsync(Bench bench, Chapter chapter, SkerryNode node)
    {
        int seconds = bench.Options.Quick ? 10 : 30;
        List<IReadOnlyList<string>> rows = [];
        GuardState before = GuardState.Of(node, bench.Place);
        (double cpu, double pss, long done, double took) = await RateAsync(bench, node, node.Server.Pid, seconds).ConfigureAwait(false);
        GuardState state = GuardState.Of(node, bench.Place).Since(before);
        rows.Add(["skerryd, judging all rules and recording", Figures.Of(cpu), Figures.Of(pss), $"{done}", $"{state.Lost + state.Limited}"]);
        chapter.Bars.Add(new Bar($"skerryd at {Rate} events a second, of a core", 2, "%", cpu));
        chapter.Bars.Add(new Bar($"skerryd at {Rate} events a second, PSS", 60, "MB", pss));
        chapter.Notes.Add($"{GuardAnswers.Judging(state)}; {Figures.Of(done / took)} opens a second");

        await using SkerryNode plain = (await bench.GuardedAsync("unguarded-rate", "[guard]\nenabled = false\n").ConfigureAwait(false))!;
        await using Bpftrace? peer = await Bpftrace.StartAsync(bench.Place).ConfigureAwait(false);
        if (peer is null)
        {
            chapter.Notes.Add("not measured: bpftrace is not installed: scripts/setup --bench");
        }
        else
        {
            (double peerCpu, double peerPss, long peerDone, _) = await RateAsync(bench, plain, peer.Server.Pid, seconds).ConfigureAwait(false);
            await Task.Delay(TimeSpan.FromSeconds(2)).ConfigureAwait(false);
            rows.Add(["bpftrace, printing the same to a file", Figures.Of(peerCpu), Figures.Of(peerPss), $"{peerDone}", $"{Math.Max(peer.Lost, peerDone - peer.Opens)}"]);
        }

        chapter.Tables.Add(new Table($"{Rate} files a second opened in a container for {seconds} s", ["who watches", "% of a core", "PSS MB", "opens", "lost"], rows));
    }

    private static async Task<(double Cpu, double Pss, long Done, double Seconds)> RateAsync(Bench bench, SkerryNode node, int watcher, int seconds)
    {
        _ = Child.Read(node.Cli("run", "-d", "--name", "flood", Registry.Load, "/bin/load", "opens", $"{Rate}", $"{seconds}"), bench.Place.Tmp);
        await Task.Delay(TimeSpan.FromSeconds(2)).ConfigureAwait(false);
        TimeSpan before = ProcessTable.Cpu(watcher);
        long began = System.Diagnostics.Stopwatch.GetTimestamp();
        await Task.Delay(TimeSpan.FromSeconds(seconds - 4)).ConfigureAwait(false);
        double cpu = 100 * (ProcessTable.Cpu(watcher) - before) / System.Diagnostics.Stopwatch.GetElapsedTime(began);
        double pss = Figures.Megabytes(ProcessTable.Pss(watcher));
        (long done, double took) = await GuardAnswers.FloodAsync(node).ConfigureAwait(false);
        node.Remove(["flood"]);
        return (cpu, pss, done, took);
    }

    private static async Task WorkAsync(Bench bench, Chapter chapter, SkerryNode guarded, SkerryNode plain)
    {
        foreach ((string name, string[] load) in Works)
        {
            Contender with = Of(bench, $"{name}: watched", guarded, load);
            Contender without = Of(bench, $"{name}: not watched", plain, load);
            Bpftrace? peer = null;
            Contender traced = Of(bench, $"{name}: not watched, bpftrace on the machine", plain, load) with
            {
                Before = async _ => peer = await Bpftrace.StartAsync(bench.Place).ConfigureAwait(false),
                After = async _ =>
                {
                    if (peer is not null)
                    {
                        await peer.DisposeAsync().ConfigureAwait(false);
                    }
                },
            };
            Contender[] contenders = Tool.Find("bpftrace") is null ? [with, without] : [with, without, traced];
            Interleaving interleaving = new(bench.Say);
            IReadOnlyList<Series> series = await interleaving.RunAsync(contenders, bench.Options.LongRuns, bench.Options.WarmUps).ConfigureAwait(false);
            chapter.Add(name, series, interleaving);
            chapter.Bars.Add(Bar.Ratio($"{name}, watched / not watched", 1.03, Median(with), Median(without), "a contender was dropped"));

            double? Median(Contender c) => series.FirstOrDefault(s => s.Name == c.Name)?.Median;
        }
    }

    /// <summary>On the clock is what the program measured itself, without the container's start.</summary>
    private static Contender Of(Bench bench, string name, SkerryNode node, string[] load) => new(
        name,
        _ => Task.FromResult(TimeSpan.FromMicroseconds(
            long.Parse(Child.Read(node.Cli(["run", "--rm", Registry.Load, "/bin/load", .. load]), bench.Place.Tmp).Trim(), CultureInfo.InvariantCulture) / 1000.0)));
}
