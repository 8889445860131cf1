using System.Globalization;
using System.Text.Json;
using Skerry.Bench.Macro.Measures;
using Skerry.Bench.Macro.Reports;
using Skerry.Bench.Macro.Spawning;

namespace Skerry.Bench.Macro.Sections;

/// <summary>Parts of Skerry by themselves, by BenchmarkDotNet in a process of its own: verifying, the audit log, the planner, the rule engine.</summary>
internal sealed class LibraryParts : ISection
{
    /// <summary>What is promised: a type and method of bench/Skerry.Bench, and the most that one operation may take.</summary>
    private static readonly (string Benchmark, string What, double Limit, string Unit, double Nanoseconds)[] Promised =
    [
        ("Verifying.Cosign", "verify an image offline by a key of cosign", 5, "ms", 1e6),
        ("Verifying.Notation", "verify an image offline by Notation (JWS)", 5, "ms", 1e6),
        ("Verifying.ContentTrust", "verify an image offline by Content Trust", 5, "ms", 1e6),
        ("AuditLogs.Append", "append an audit entry, durable, 5000 given at once", 200, "µs", 1e3),
        ("AuditLogs.Verify", "verify a million audit entries", 10, "s", 1e9),
        ("TierPlanning.Auto", "the planner's decision: nothing asked for", 50, "µs", 1e3),
        ("TierPlanning.Refusal", "the planner's decision: a refusal", 50, "µs", 1e3),
        ("RuleJudging.Judge", "judge an event by Falco's stock rules, on one core", 1, "µs", 1e3),
    ];

    public string Name => "micro";

    public string Title => "Parts by themselves, in one process, after warm-up";

    public Task RunAsync(Bench bench, Chapter chapter)
    {
        string directory = bench.Place.Disk("micro");
        string program = Path.Combine(bench.Place.Bench, "Skerry.Bench/bin/Release/net10.0/Skerry.Bench.dll");
        Command run = Command.Of(System.Environment.ProcessPath!, program, "--filter")
            .With([.. Promised.Select(static p => $"*.{p.Benchmark}")])
            .With("--exporters", "json", "--artifacts", directory, "--iterationCount", bench.Options.LongRuns.ToString(CultureInfo.InvariantCulture), "--warmupCount", "3")
            .WithEnvironment("SKERRY_FALCO_RULES", System.Environment.GetEnvironmentVariable("SKERRY_FALCO_RULES") ?? "")
            .WithEnvironment("TMPDIR", bench.Place.Tmp)
            with { Output = Path.Combine(directory, "output"), Errors = bench.Place.Errors, WorkingDirectory = directory };
        Outcome outcome = Child.Run(run);
        if (outcome.ExitCode != 0)
        {
            throw new BenchException($"{run}: exit {outcome.ExitCode}: {File.ReadAllText(bench.Place.Errors).Trim()}");
        }

        Dictionary<string, double[]> found = Read(Path.Combine(directory, "results"));
        List<IReadOnlyList<string>> rows = [];
        foreach ((string benchmark, string what, double limit, string unit, double nanoseconds) in Promised)
        {
            if (!found.TryGetValue(benchmark, out double[]? values) || values.Length == 0)
            {
                chapter.Bars.Add(new Bar(what, limit, unit, null, benchmark.StartsWith("RuleJudging", StringComparison.Ordinal) ? "SKERRY_FALCO_RULES names no rules" : "it failed"));
                continue;
            }

            double[] scaled = [.. values.Select(v => v / nanoseconds)];
            chapter.Bars.Add(new Bar(what, limit, unit, Series.Quantile(scaled, 0.5)));
            Series series = new(what);
            Array.ForEach(values, v => series.Add(TimeSpan.FromTicks((long)(v / 100)), TimeSpan.Zero));
            chapter.Series.Add(series);
            rows.Add([what, $"{scaled.Length}", unit, Figures.Of(Series.Quantile(scaled, 0.5)), Figures.Of(scaled.Min()), Figures.Of(Series.Quantile(scaled, 0.9))]);
        }

        chapter.Tables.Add(new Table("", ["what", "n", "unit", "median", "min", "p90"], rows));
        chapter.Notes.Add("each sample is the mean of as many operations as BenchmarkDotNet takes for one; AuditLogs is on the disk of the work directory");
        return Task.CompletedTask;
    }

    /// <summary>The samples of each benchmark, in nanoseconds an operation, by type and method.</summary>
    private static Dictionary<string, double[]> Read(string results)
    {
        Dictionary<string, double[]> found = new(StringComparer.Ordinal);
        foreach (string file in Directory.EnumerateFiles(results, "*.json"))
        {
            using JsonDocument report = JsonDocument.Parse(File.ReadAllBytes(file));
            foreach (JsonElement benchmark in report.RootElement.GetProperty("Benchmarks").EnumerateArray())
            {
                if (benchmark.TryGetProperty("Statistics", out JsonElement statistics) && statistics.ValueKind == JsonValueKind.Object)
                {
                    found[$"{benchmark.GetProperty("Type").GetString()}.{benchmark.GetProperty("Method").GetString()}"] = [.. statistics.GetProperty("OriginalValues").EnumerateArray().Select(static v => v.GetDouble())];
                }
            }
        }

        return found;
    }
}
