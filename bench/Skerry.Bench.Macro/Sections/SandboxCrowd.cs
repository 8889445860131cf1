using Skerry.Bench.Macro.Measures;
using Skerry.Bench.Macro.Peers;
using Skerry.Bench.Macro.Reports;

namespace Skerry.Bench.Macro.Sections;

/// <summary>Many sandboxes alive at the same time, each with a kernel of its own.</summary>
internal sealed class SandboxCrowd : ISection
{
    private const int Sandboxes = 120;

    public string Name => "sandboxes";

    public string Title => "Many sandboxes alive";

    public async Task RunAsync(Bench bench, Chapter chapter)
    {
        int count = bench.Options.Quick ? 12 : Sandboxes;
        if (await bench.SkerryAsync().ConfigureAwait(false) is not { } skerry || Tool.Find("runsc") is null)
        {
            chapter.Bars.Add(new Bar($"sandboxes not alive of {count}", 0, "", null, bench.Absent.GetValueOrDefault("Skerry", "runsc is not installed")));
            return;
        }

        string[] names = [.. Enumerable.Range(0, count).Select(i => Bench.Id("box-", i))];
        HashSet<int> before = [.. ProcessTable.Pids()];
        Crowd.Run(
            names.Select(n => skerry.Cli("run", "-d", "--network", "none", "--tier", "sandbox", "--name", n, Registry.Small, "/bin/sh", "-c", "echo ready; exec sleep 100000")),
            Environment.ProcessorCount,
            bench.Place.Errors);
        await Crowd.AllLoggedAsync(skerry.LogPaths(names)).ConfigureAwait(false);
        await Task.Delay(TimeSpan.FromSeconds(3)).ConfigureAwait(false);
        int[] those = [.. ProcessTable.Pids().Where(p => !before.Contains(p))];
        int sentries = those.Count(p => ProcessTable.Name(p) is "exe" or "runsc-sandbox" || ProcessTable.Name(p).StartsWith("runsc", StringComparison.Ordinal));
        double pss = those.Sum(ProcessTable.Pss) / 1e6 / count;
        int alive = skerry.LogPaths(names).Count;
        chapter.Notes.Add($"{sentries} processes of gVisor; PSS of all that came with a sandbox: {Figures.Of(pss)} MB; skerryd {Figures.Of(Figures.Megabytes(ProcessTable.Pss(skerry.Server.Pid)))} MB");
        chapter.Bars.Add(new Bar($"sandboxes not alive of {count}", 0, "", Math.Max(0, count - alive)));
        skerry.Remove(names);
    }
}
