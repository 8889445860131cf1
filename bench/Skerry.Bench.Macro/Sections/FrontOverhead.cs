using Skerry.Bench.Macro.Measures;
using Skerry.Bench.Macro.Peers;
using Skerry.Bench.Macro.Reports;
using Skerry.Bench.Macro.Spawning;

namespace Skerry.Bench.Macro.Sections;

/// <summary>What <c>skerry-runtime</c> adds to the runtime beneath, call by call, over the same bundle.</summary>
internal sealed class FrontOverhead : ISection
{
    /// <summary>Milliseconds.</summary>
    private const double Most = 4;

    /// <summary>
    /// Until the kernel has forgotten the last move between control groups. The first write to a cgroup.procs after a quiet time waits for
    /// an RCU grace period (cgroup_threadgroup_rwsem, kernel/rcu/sync.c), 6 ms and more; one right after another takes 0.03 ms. Without
    /// the pause it is chance which of two contenders pays.
    /// </summary>
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(150);

    private static readonly string[] Steps = ["run", "create", "state", "delete"];

    public string Name => "front";

    public string Title => "The OCI runtime front: `skerry-runtime` over a runtime and that runtime bare";

    public async Task RunAsync(Bench bench, Chapter chapter)
    {
        string front = Path.Combine(bench.Place.Dist, "skerry-runtime");
        string? runtime = Tool.Crun ?? Tool.Runc;
        if (runtime is null || !File.Exists(front))
        {
            string missing = runtime is null ? "neither crun nor runc is installed" : $"there is no {front}: run scripts/build";
            chapter.Bars.AddRange(Steps.Select(step => new Bar(What(step), Most, "ms", null, missing)));
            return;
        }

        string name = Path.GetFileName(runtime);
        Bundle bundle = Bundle.Of(bench.Place, runtime, bench.Rootfs, Bundle.Hardening.Plain, "/bin/true");
        Command bare = Command.Of(runtime);
        Command through = Command.Of(front).WithEnvironment("SKERRY_OCI_RUNTIME", runtime);
        List<Contender> contenders = [];
        foreach (string step in Steps)
        {
            contenders.Add(new Contender($"{name} {step}", n => LifeAsync(bench, bundle, bare, step, n)));
            contenders.Add(new Contender($"skerry-runtime {step}, over {name}", n => LifeAsync(bench, bundle, through, step, n)));
        }

        Interleaving interleaving = new(bench.Say);
        IReadOnlyList<Series> series = await interleaving.RunAsync(contenders, bench.Options.Runs, bench.Options.WarmUps).ConfigureAwait(false);
        chapter.Add("", series, interleaving);
        chapter.Notes.Add("without a unified hierarchy beside v1 in sight: covering one, where it is, comes on top");

        double? Median(string of) => series.FirstOrDefault(s => s.Name == of)?.Median;
        foreach (string step in Steps)
        {
            double? difference = Median($"skerry-runtime {step}, over {name}") - Median($"{name} {step}");
            chapter.Bars.Add(new Bar(What(step), Most, "ms", difference, difference is null ? "a contender was dropped" : ""));
        }
    }

    private static string What(string step) => $"`skerry-runtime {step}` above the bare runtime";

    /// <summary>A container's life with one of its steps on the clock.</summary>
    private static async Task<TimeSpan> LifeAsync(Bench bench, Bundle bundle, Command runtime, string step, int number)
    {
        string id = Bench.Id("front", number);
        await Task.Delay(Settle).ConfigureAwait(false);
        if (step == "run")
        {
            return Once(bench, bundle.Call(runtime, "run", id));
        }

        TimeSpan create = Once(bench, bundle.Call(runtime, "create", id));
        TimeSpan state = Once(bench, runtime.With("state", id));
        TimeSpan delete = Once(bench, runtime.With("delete", "--force", id));
        return step switch
        {
            "create" => create,
            "state" => state,
            _ => delete,
        };
    }

    private static TimeSpan Once(Bench bench, Command command)
    {
        Outcome outcome = Child.Run(command with { Errors = bench.Place.Errors });
        return outcome.ExitCode == 0
            ? outcome.Wall
            : throw new BenchException($"{command}: exit {outcome.ExitCode}: {File.ReadAllText(bench.Place.Errors).Trim()}");
    }
}
