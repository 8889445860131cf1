using Skerry.Bench.Macro.Measures;
using Skerry.Bench.Macro.Peers;
using Skerry.Bench.Macro.Reports;
using Skerry.Bench.Macro.Spawning;

namespace Skerry.Bench.Macro.Sections;

/// <summary>One container of the sandbox tier, beside gVisor alone on the same spec.</summary>
internal sealed class SandboxLatency : ISection
{
    private const string Ours = "skerry run --rm --tier sandbox --network none";
    private const double Most = 1.3;

    public string Name => "sandbox";

    public string Title => "One sandbox: `run --rm IMAGE true`, spawn to exit";

    public async Task RunAsync(Bench bench, Chapter chapter)
    {
        const string What = "`skerry run --tier sandbox` / bare `runsc run`";
        if (await bench.SkerryAsync().ConfigureAwait(false) is not { } skerry || Tool.Find("runsc") is not { } runsc)
        {
            chapter.Bars.Add(new Bar(What, Most, "×", null, bench.Absent.GetValueOrDefault("Skerry", "runsc is not installed")));
            return;
        }

        (string runtime, string reason) = skerry.Probe(Registry.Small, "sandbox");
        chapter.Notes.Add($"{runtime}: {reason}");
        string platform = reason.Contains("systrap", StringComparison.Ordinal) ? "systrap" : "ptrace";
        Bundle same = Bundle.OfSpec(bench.Place, skerry.Specification ?? throw new BenchException("skerry inspect --oci-spec gave no spec"), bench.Rootfs);
        Command bare = Command.Of(runsc, "--root", bench.Place.Disk("runsc-state"), "--network=none", $"--platform={platform}");
        string errors = bench.Place.Errors;
        Interleaving interleaving = new(bench.Say);
        IReadOnlyList<Series> series = await interleaving.RunAsync(
            [
                Contender.OfCommand(Ours, errors, _ => skerry.Cli("run", "--rm", "--tier", "sandbox", "--network", "none", Registry.Small, "true")),
                Contender.OfCommand("runsc run, the spec that Skerry wrote", errors, n => same.Call(bare, "run", Bench.Id("gvisor", n))) with
                {
                    After = n =>
                    {
                        _ = Child.Run(bare.With("delete", "--force", Bench.Id("gvisor", n)));
                        return Task.CompletedTask;
                    },
                },
            ],
            bench.Options.Runs,
            bench.Options.WarmUps).ConfigureAwait(false);
        chapter.Add("", series, interleaving);
        double? Median(string start) => series.FirstOrDefault(s => s.Name.StartsWith(start, StringComparison.Ordinal))?.Median;
        chapter.Bars.Add(Bar.Ratio(What, Most, Median(Ours), Median("runsc run"), "a contender was dropped"));
    }
}
