using System.Globalization;
using Skerry.Bench.Macro.Measures;
using Skerry.Bench.Macro.Peers;
using Skerry.Bench.Macro.Reports;
using Skerry.Bench.Macro.Spawning;

namespace Skerry.Bench.Macro.Sections;

/// <summary>How soon after a call the process that made it is dead, on a quiet node and while another container makes 100 000 calls a second; and whether any is lost.</summary>
internal sealed class GuardAnswers : ISection
{
    private const int Rate = 100_000;
    private const int Pause = 30; // more than 50 alerts a second of one rule would be left out
    private const string Killing = """
        kernel_kill = ["drift"]
        [guard.responses]
        "Bench reads a file of passwords" = "kill"
        """;

    /// <summary>So that there is something to answer without Falco's stock rules, too.</summary>
    private const string Rule = """
        - rule: Bench reads a file of passwords
          desc: What bench/load is killed for.
          condition: evt.type in (open, openat, openat2) and evt.is_open_read=true and fd.name=/etc/shadow and container.id != host
          output: read | command=%proc.cmdline
          priority: WARNING
        """;

    public string Name => "guard";

    public string Title => "The guard: from the call to the end of who made it";

    /// <summary>Falco's stock rules, which are not part of the repository.</summary>
    internal static string? StockRules => Environment.GetEnvironmentVariable("SKERRY_FALCO_RULES");

    public async Task RunAsync(Bench bench, Chapter chapter)
    {
        string rules = Path.Combine(bench.Place.Tmp, "bench-rule.yaml");
        await File.WriteAllTextAsync(rules, Rule).ConfigureAwait(false);
        if (await bench.GuardedAsync("guard", $"[guard]\nall_rules = true\nrules = [{Files(rules)}]\n{Killing}").ConfigureAwait(false) is not { } node)
        {
            chapter.Bars.Add(new Bar("killed in the kernel, p99", 1, "ms", null, bench.Absent["Skerry"]));
            return;
        }

        await using (node)
        {
            int kills = bench.Options.Quick ? 20 : 200;
            Series ended = Kills(bench, node, "a program of the image, which ends by itself; quiet", "ended", kills);
            Series drift = Kills(bench, node, "a program that is not of the image, killed in the kernel; quiet", "drift", kills);
            Series read = Kills(bench, node, "a read of /etc/shadow, killed by skerryd; quiet", "killed", kills);

            int seconds = Math.Max(10, (kills * 3 * (Pause + 5) / 1000) + 10);
            GuardState before = GuardState.Of(node, bench.Place);
            TimeSpan cpu = ProcessTable.Cpu(node.Server.Pid);
            _ = Child.Read(node.Cli("run", "-d", "--name", "flood", Registry.Load, "/bin/load", "opens", $"{Rate}", $"{seconds}"), bench.Place.Tmp);
            Series floodEnded = Kills(bench, node, $"a program of the image, which ends by itself, while {Rate} files a second are opened", "ended", kills);
            Series floodDrift = Kills(bench, node, $"a program that is not of the image, while {Rate} files a second are opened", "drift", kills);
            Series floodRead = Kills(bench, node, $"a read of /etc/shadow, while {Rate} files a second are opened", "killed", kills);
            (long done, double took) = await FloodAsync(node).ConfigureAwait(false);
            double share = 100 * (ProcessTable.Cpu(node.Server.Pid) - cpu).TotalSeconds / took;
            GuardState flood = GuardState.Of(node, bench.Place).Since(before);
            long pss = ProcessTable.Pss(node.Server.Pid);
            node.Remove(["flood"]);

            chapter.Tables.Add(Table(ended, drift, read, floodEnded, floodDrift, floodRead));
            chapter.Series.AddRange([ended, drift, read, floodEnded, floodDrift, floodRead]);
            chapter.Notes.Add("from just before the call, in the process that makes it, until its parent knows of its end: exec, the end and the parent's wake-up are in it, as they are where nobody kills and the program ends by itself");
            chapter.Notes.Add($"{Judging(flood)}; "
                + $"{done} opens in {Figures.Of(took)} s, {flood.Told} events told in all; skerryd used {Figures.Of(share)} % of a core, and held {Figures.Of(Figures.Megabytes(pss))} MB PSS just after");
            chapter.Bars.Add(new Bar("killed in the kernel, quiet, p99", 1, "ms", Ninetyninth(drift)));
            chapter.Bars.Add(new Bar("killed by skerryd, quiet, p99", 10, "ms", Ninetyninth(read)));
            chapter.Bars.Add(new Bar("killed in the kernel, flood, p99", 1, "ms", Ninetyninth(floodDrift)));
            chapter.Bars.Add(new Bar("killed by skerryd, flood, p99", 50, "ms", Ninetyninth(floodRead)));
            chapter.Bars.Add(new Bar($"events lost or left out at {Figures.Of(done / took)} opens a second", 0, "", flood.Lost + flood.Limited));
        }
    }

    /// <summary>How many rules there were, and whether Falco's are among them.</summary>
    internal static string Judging(GuardState state) =>
        $"{state.Rules} rules{(StockRules is null ? " (Falco's stock rules were not at hand: SKERRY_FALCO_RULES)" : ", Falco's stock rules among them")}";

    internal static string Files(params string[] more)
    {
        IEnumerable<string> stock = StockRules is { } directory ? ["falco_rules.yaml", "falco-incubating_rules.yaml"] : [];
        return string.Join(", ", stock.Select(f => Path.Combine(StockRules!, f)).Where(File.Exists).Concat(more).Select(f => $"\"{f}\""));
    }

    /// <summary>The end of a container that counts what it did: how much, in how many seconds.</summary>
    internal static async Task<(long Done, double Seconds)> FloodAsync(SkerryNode node)
    {
        string log = node.LogPaths(["flood"])[0];
        await Crowd.AllLoggedAsync([log]).ConfigureAwait(false);
        string[] words = File.ReadLines(log).First().Split(' ');
        return (long.Parse(words[^2], CultureInfo.InvariantCulture), long.Parse(words[^1], CultureInfo.InvariantCulture) / 1e9);
    }

    private static double Ninetyninth(Series series) => Series.Quantile(series.Wall, 0.99);

    private static Series Kills(Bench bench, SkerryNode node, string name, string how, int kills)
    {
        Series series = new(name);
        string told = Child.Read(node.Cli("run", "--rm", Registry.Load, "/bin/load", how, $"{kills}", $"{Pause}"), bench.Place.Tmp);
        foreach (string line in told.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            long nanoseconds = long.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture);
            series.Add(nanoseconds < 0 ? throw new BenchException($"{name}: a process was not killed: {line}") : TimeSpan.FromMicroseconds(nanoseconds / 1000.0), TimeSpan.Zero);
        }

        return series.Count == kills ? series : throw new BenchException($"{name}: {series.Count} of {kills} were told of");
    }

    private static Table Table(params Series[] series) => new(
        "",
        ["what", "n", "median ms", "p90 ms", "p99 ms", "longest ms"],
        [.. series.Select(s => (IReadOnlyList<string>)
            [s.Name, $"{s.Count}", Figures.Of(s.Median), Figures.Of(s.Ninetieth), Figures.Of(Ninetyninth(s)), Figures.Of(Series.Quantile(s.Wall, 1))])]);
}
