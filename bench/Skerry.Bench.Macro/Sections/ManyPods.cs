using System.Globalization;
using Skerry.Bench.Macro.Measures;
using Skerry.Bench.Macro.Peers;
using Skerry.Bench.Macro.Reports;
using Skerry.Bench.Macro.Spawning;

namespace Skerry.Bench.Macro.Sections;

/// <summary>Many pods alive at the same time: what each costs in memory, beside containerd's.</summary>
internal sealed class ManyPods : ISection
{
    private static readonly string[] Workload = ["/bin/sh", "-c", "echo ready; exec sleep 100000"];

    public string Name => "crowd";

    public string Title => "Many pods alive";

    public async Task RunAsync(Bench bench, Chapter chapter)
    {
        int crowd = bench.Options.Crowd;
        List<IReadOnlyList<string>> rows = [];
        if (await bench.SkerryAsync().ConfigureAwait(false) is { } skerry)
        {
            string[] names = [.. Enumerable.Range(0, crowd).Select(i => $"crowd-{i}")];
            int alive = 0;
            await MeasureAsync($"Skerry, {crowd} pods", crowd, rows, async () =>
            {
                Crowd.Run(
                    names.Select(n => skerry.Cli("run", "-d", "--network", "none", "--name", n, Registry.Small).With(Workload)),
                    Environment.ProcessorCount,
                    bench.Place.Errors);
                await Crowd.AllLoggedAsync(skerry.LogPaths(names)).ConfigureAwait(false);
                alive = ProcessTable.Pids().Count(p => ProcessTable.Name(p) is "sleep" or "busybox");
            }).ConfigureAwait(false);
            chapter.Notes.Add($"skerryd PSS with {crowd} pods: {Figures.Of(Figures.Megabytes(ProcessTable.Pss(skerry.Server.Pid)))} MB");
            chapter.Bars.Add(new Bar($"pods not alive of {crowd}", 0, "", Math.Max(0, crowd - alive)));
            skerry.Remove(names);
        }
        else
        {
            chapter.Bars.Add(new Bar($"pods not alive of {crowd}", 0, "", null, bench.Absent["Skerry"]));
        }

        if (await bench.ContainerdAsync().ConfigureAwait(false) is { } containerd && (Tool.Crun ?? Tool.Runc) is { } runtime)
        {
            int few = Math.Min(50, crowd);
            string[] ids = [.. Enumerable.Range(0, few).Select(i => $"crowd-{i}")];
            string Log(string id) => Path.Combine(bench.Place.Disk("ctr-logs"), id);
            await MeasureAsync($"ctr, {few} pods", few, rows, async () =>
            {
                Crowd.Run(
                    ids.Select(id => containerd.RunDetached(runtime, Registry.Small, id, Log(id), Workload)),
                    Environment.ProcessorCount,
                    bench.Place.Errors);
                await Crowd.AllLoggedAsync(ids.Select(Log)).ConfigureAwait(false);
            }).ConfigureAwait(false);
            foreach (string id in ids)
            {
                _ = Child.Run(containerd.Ctr("tasks", "delete", "--force", id));
                _ = Child.Run(containerd.Ctr("containers", "rm", id));
            }
        }

        chapter.Tables.Add(new Table(
            "Memory per pod (`sleep` in busybox): PSS of the processes that came with the pods, and what the whole machine's MemAvailable lost",
            ["", "monitor or shim, KB", "the container's process, KB", "daemon's growth, KB", "MemAvailable, KB"],
            rows));
    }

    private static async Task MeasureAsync(string what, int pods, List<IReadOnlyList<string>> rows, Func<Task> start)
    {
        Dictionary<int, long> before = ProcessTable.Pids().ToDictionary(p => p, ProcessTable.Pss);
        long available = Available();
        await start().ConfigureAwait(false);
        await Task.Delay(TimeSpan.FromSeconds(3)).ConfigureAwait(false);
        long lost = available - Available();
        long monitors = 0;
        long processes = 0;
        long daemons = 0;
        foreach (int pid in ProcessTable.Pids().Where(p => p != Environment.ProcessId))
        {
            long pss = ProcessTable.Pss(pid);
            if (before.TryGetValue(pid, out long old))
            {
                daemons += pss - old;
            }
            else if (ProcessTable.Name(pid) is "conmon" || ProcessTable.Name(pid).StartsWith("containerd-shim", StringComparison.Ordinal))
            {
                monitors += pss;
            }
            else
            {
                processes += pss;
            }
        }

        rows.Add([what, .. new[] { monitors, processes, daemons, lost }.Select(b => Figures.Of(b / 1024.0 / pods))]);
    }

    private static long Available() =>
        File.ReadLines("/proc/meminfo").Where(l => l.StartsWith("MemAvailable:", StringComparison.Ordinal))
            .Select(l => long.Parse(l.AsSpan("MemAvailable:".Length).Trim().TrimEnd(" kB"), CultureInfo.InvariantCulture) * 1024)
            .First();
}
