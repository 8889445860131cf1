using System.Globalization;
using Skerry.Bench.Macro.Measures;
using Skerry.Bench.Macro.Peers;
using Skerry.Bench.Macro.Reports;
using Skerry.Bench.Macro.Spawning;

namespace Skerry.Bench.Macro.Sections;

/// <summary>
/// One microVM, to the first byte of its container's output: cold, from a template, and one that waited for its pod; beside it QEMU by hand, to the
/// answer of the same guest.
/// </summary>
internal sealed class MicrovmLatency : ISection
{
    private const string Cold = "skerry run --tier microvm, cold";
    private const string Warm = "skerry run --tier microvm, from a template";
    private const string Waiting = "skerry run --tier microvm, a copy of a template that waited";
    private const string Bare = "QEMU by hand, same kernel and initrd, to the guest's answer";
    private const double MostCold = 1.25;
    private const double MostWarm = 250;
    private const double MostAnswer = 80;
    private const double MostColdOnKvm = 125;
    private const double MostWarmOnKvm = 40;
    private static readonly TimeSpan TemplatePatience = TimeSpan.FromSeconds(60);

    public string Name => "microvm";

    public string Title => "One microVM: spawn to the first byte of output";

    public async Task RunAsync(Bench bench, Chapter chapter)
    {
        if (await bench.SkerryAsync().ConfigureAwait(false) is not { } skerry)
        {
            chapter.Bars.Add(new Bar(Cold, MostCold, "×", null, bench.Absent.GetValueOrDefault("Skerry", "Skerry is not there")));
            return;
        }

        BareMachine bare;
        HashSet<int> before = [.. ProcessTable.Pids()];
        _ = Child.Read(skerry.Cli("run", "-d", "--network", "none", "--tier", "microvm", "--name", "bench-machine", Registry.Small, "/bin/sh", "-c", "exec sleep 1000"), bench.Place.Tmp);
        bare = BareMachine.Like(bench.Place, BareMachine.OfSkerry(before));
        skerry.Remove(["bench-machine"]);
        chapter.Notes.Add(skerry.Probe(Registry.Small, "microvm").Reason);

        await using SkerryNode copying = await SkerryNode.StartAsync(bench.Place, "templates", "[microvm]\nenable_template = true").ConfigureAwait(false);
        copying.Pull(Registry.Small);
        await TemplateAsync(bench, copying).ConfigureAwait(false);

        await using SkerryNode pooling = await SkerryNode.StartAsync(bench.Place, "pool", "[microvm]\nenable_template = true\nvm_cache_number = 1").ConfigureAwait(false);
        pooling.Pull(Registry.Small);
        await TemplateAsync(bench, pooling).ConfigureAwait(false);
        int waited = 1;
        await WaitingAsync(pooling, waited).ConfigureAwait(false);

        List<double> answers = [];
        Interleaving interleaving = new(bench.Say);
        IReadOnlyList<Series> series = await interleaving.RunAsync(
            [
                Pod(Cold, bench, skerry, null),
                Pod(Warm, bench, copying, answers),
                Pod(Waiting, bench, pooling, null, () => WaitingAsync(pooling, ++waited)),
                new Contender(Bare, _ => bare.AnswerAsync(bench.Place))
                {
                    After = _ =>
                    {
                        bare.Kill();
                        return Task.CompletedTask;
                    },
                },
            ],
            bench.Options.LongRuns,
            bench.Options.WarmUps).ConfigureAwait(false);
        chapter.Add("", series, interleaving);
        double? Of(string name, double quantile) => series.FirstOrDefault(s => s.Name == name) is { } found ? Series.Quantile(found.Wall, quantile) : null;
        if (bare.IsEmulated)
        {
            chapter.Bars.Add(Bar.Ratio("microVM, cold, to the first byte / QEMU by hand to its guest's answer", MostCold, Of(Cold, 0.5), Of(Bare, 0.5), "a contender was dropped"));
            chapter.Bars.Add(new Bar("microVM from a template, which waited, to the first byte", MostWarm, "ms", Of(Waiting, 0.5)));
            chapter.Bars.Add(new Bar("microVM from a template, VMM's start to the guest's answer", MostAnswer, "ms", answers.Count > 0 ? Series.Quantile(answers, 0.5) : null));
        }
        else
        {
            chapter.Bars.Add(new Bar("microVM on KVM, cold, to the first byte, 99th percentile", MostColdOnKvm, "ms", Of(Cold, 0.99)));
            chapter.Bars.Add(new Bar("microVM on KVM from a template, which waited, to the first byte, 99th percentile", MostWarmOnKvm, "ms", Of(Waiting, 0.99)));
        }
    }

    private static Contender Pod(string name, Bench bench, SkerryNode node, List<double>? answers, Func<Task>? refilled = null)
    {
        FirstByte? first = null;
        return new Contender(name, async n =>
        {
            first = await FirstByte.OfAsync(
                node.Cli("run", "--network", "none", "--tier", "microvm", "--name", Bench.Id("machine-", n), Registry.Small, "/bin/sh", "-c", "echo ready; exec sleep 1000") with { Errors = bench.Place.Errors },
                bench.Place.Tmp).ConfigureAwait(false);
            return first.Wall;
        })
        {
            After = async n =>
            {
                if (answers is not null && Answer(node) is { } answer)
                {
                    answers.Add(answer);
                }

                node.Remove([Bench.Id("machine-", n)]);
                if (first is { } ended)
                {
                    await ended.Child.StopAsync(TimeSpan.FromSeconds(5)).ConfigureAwait(false);
                    ended.Dispose();
                }

                first = null;
                await (refilled?.Invoke() ?? Task.CompletedTask).ConfigureAwait(false);
            },
        };
    }

    /// <summary>What the machine's holder says of it, milliseconds; null: it says nothing, or booted cold.</summary>
    private static double? Answer(SkerryNode node)
    {
        string said = string.Concat(Directory.EnumerateFiles(node.Run, "log", SearchOption.AllDirectories).Where(static f => f.EndsWith("/machine/log", StringComparison.Ordinal)).Select(File.ReadAllText));
        const string Before = "the guest answered ";
        int at = said.LastIndexOf(Before, StringComparison.Ordinal) + Before.Length;
        return at >= Before.Length && said.IndexOf(' ', at) is > 0 and int end ? double.Parse(said.AsSpan(at, end - at), CultureInfo.InvariantCulture) : null;
    }

    /// <summary>Waits until so many machines have been made ahead of their pods.</summary>
    private static Task WaitingAsync(SkerryNode node, int times) => LoggedAsync(node, "waits for a pod of", times);

    /// <summary>The first pod boots cold and has the template of its like made.</summary>
    internal static async Task TemplateAsync(Bench bench, SkerryNode node, params string[] options)
    {
        _ = Child.Read(node.Cli(["run", "--rm", "--network", "none", "--tier", "microvm", .. options, Registry.Small, "true"]), bench.Place.Tmp);
        await LoggedAsync(node, "a template of", 1).ConfigureAwait(false);
    }

    private static async Task LoggedAsync(SkerryNode node, string text, int times)
    {
        DateTimeOffset until = TimeProvider.System.GetUtcNow() + TemplatePatience;
        while (node.Log.Split(text).Length - 1 < times)
        {
            if (TimeProvider.System.GetUtcNow() > until)
            {
                throw new BenchException($"'{text}' was not told {times} times within {TemplatePatience.TotalSeconds:0} s: {node.Log}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100)).ConfigureAwait(false);
        }
    }
}
