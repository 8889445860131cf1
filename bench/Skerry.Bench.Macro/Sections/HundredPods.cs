using System.Diagnostics;
using Skerry.Bench.Macro.Measures;
using Skerry.Bench.Macro.Peers;
using Skerry.Bench.Macro.Reports;
using Skerry.Bench.Macro.Spawning;

namespace Skerry.Bench.Macro.Sections;

/// <summary>
/// 100 pods from nothing to ready, started by a client command each, a few at a time. Ready: its process has written its
/// line and the line is in the pod's log.
/// </summary>
internal sealed class HundredPods : ISection
{
    private const int Pods = 100;
    private static readonly int AtOnce = Environment.ProcessorCount * 2;
    private static readonly string[] Workload = ["/bin/sh", "-c", "echo ready; exec sleep 100000"];

    public string Name => "pods";

    public string Title => $"{Pods} pods started, all ready ({AtOnce} clients at once)";

    public async Task RunAsync(Bench bench, Chapter chapter)
    {
        List<Contender> contenders = [];
        string like = "crun";
        if (await bench.SkerryAsync().ConfigureAwait(false) is { } skerry)
        {
            like = skerry.RuntimeBeneath(Registry.Small).StartsWith("runc", StringComparison.Ordinal) ? "runc" : "crun";
            contenders.Add(OfSkerry(bench, skerry));
        }

        if (await bench.ContainerdAsync().ConfigureAwait(false) is { } containerd)
        {
            contenders.AddRange(
                new[] { Tool.Crun, Tool.Runc }.OfType<string>().Where(r => Path.GetFileName(r) == like || !bench.Options.Quick)
                    .Select(r => OfContainerd(bench, containerd, r)));
        }

        Interleaving interleaving = new(bench.Say);
        IReadOnlyList<Series> series = await interleaving.RunAsync(contenders, bench.Options.LongRuns, 1).ConfigureAwait(false);
        chapter.Add("", series, interleaving);
        chapter.Bars.Add(Bar.Ratio(
            $"{Pods} pods / the same through ctr ({like})",
            0.7,
            series.FirstOrDefault(s => s.Name.StartsWith("skerry", StringComparison.Ordinal))?.Median,
            series.FirstOrDefault(s => s.Name == $"ctr run -d ({like})")?.Median,
            bench.Absent.GetValueOrDefault("Skerry", "a contender was dropped")));
    }

    private static Contender OfContainerd(Bench bench, Containerd containerd, string runtime)
    {
        string[] Ids(int round) => [.. Enumerable.Range(0, Pods).Select(i => $"pod{round}-{i}")];
        string Log(string id) => Path.Combine(bench.Place.Disk("ctr-logs"), id);
        return new Contender(
            $"ctr run -d ({Path.GetFileName(runtime)})",
            async round =>
            {
                long began = Stopwatch.GetTimestamp();
                Crowd.Run(Ids(round).Select(id => containerd.RunDetached(runtime, Registry.Small, id, Log(id), Workload)), AtOnce, bench.Place.Errors);
                await Crowd.AllLoggedAsync(Ids(round).Select(Log)).ConfigureAwait(false);
                return Stopwatch.GetElapsedTime(began);
            })
        {
            After = round =>
            {
                foreach (string id in Ids(round))
                {
                    _ = Child.Run(containerd.Ctr("tasks", "delete", "--force", id));
                    _ = Child.Run(containerd.Ctr("containers", "rm", id));
                    File.Delete(Log(id));
                }

                return Task.CompletedTask;
            },
        };
    }

    private static Contender OfSkerry(Bench bench, SkerryNode skerry)
    {
        string[] Names(int round) => [.. Enumerable.Range(0, Pods).Select(i => $"pod{round}-{i}")];
        return new Contender(
            "skerry run -d",
            async round =>
            {
                long began = Stopwatch.GetTimestamp();
                Crowd.Run(
                    Names(round).Select(name => skerry.Cli("run", "-d", "--network", "none", "--name", name, Registry.Small).With(Workload)),
                    AtOnce,
                    bench.Place.Errors);
                await Crowd.AllLoggedAsync(skerry.LogPaths(Names(round))).ConfigureAwait(false);
                return Stopwatch.GetElapsedTime(began);
            })
        {
            After = round =>
            {
                skerry.Remove(Names(round));
                return Task.CompletedTask;
            },
        };
    }
}
