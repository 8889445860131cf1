using Skerry.Bench.Macro.Measures;
using Skerry.Bench.Macro.Peers;
using Skerry.Bench.Macro.Reports;

namespace Skerry.Bench.Macro.Sections;

/// <summary>Many microVMs from one template alive in 4 GiB, and what a further one costs.</summary>
internal sealed class MicrovmCrowd : ISection
{
    private const int Machines = 15;

    /// <summary>A guest that has started its container gives the code that was translated for that back when it rests.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(20);

    private const double MostMegabytes = 30;
    private const string Room = "4294967296";
    private const string V1 = "/sys/fs/cgroup/memory/memory.limit_in_bytes";
    private const string V2 = "/sys/fs/cgroup/memory.max";

    public string Name => "microvms";

    public string Title => "Many microVMs of containers of 128 MiB, alive in 4 GiB";

    public async Task RunAsync(Bench bench, Chapter chapter)
    {
        if (await bench.SkerryAsync().ConfigureAwait(false) is null)
        {
            chapter.Bars.Add(new Bar($"microVMs not alive of {Machines}", 0, "", null, bench.Absent.GetValueOrDefault("Skerry", "Skerry is not there")));
            return;
        }

        string group = File.Exists(V1) ? V1 : V2;
        string usual = (await File.ReadAllTextAsync(group).ConfigureAwait(false)).Trim();
        await File.WriteAllTextAsync(group, Room).ConfigureAwait(false);
        try
        {
            await using SkerryNode node = await SkerryNode.StartAsync(bench.Place, "copies", "[microvm]\nenable_template = true").ConfigureAwait(false);
            node.Pull(Registry.Small);
            await MicrovmLatency.TemplateAsync(bench, node, "--memory", "128m").ConfigureAwait(false);
            string[] names = [.. Enumerable.Range(0, Machines).Select(i => Bench.Id("copy-", i))];
            HashSet<int> before = [.. ProcessTable.Pids()];
            Crowd.Run(
                names.Select(n => node.Cli("run", "-d", "--network", "none", "--tier", "microvm", "--memory", "128m", "--name", n, Registry.Small, "/bin/sh", "-c", "echo ready; exec sleep 100000")),
                Environment.ProcessorCount,
                bench.Place.Errors);
            await Crowd.AllLoggedAsync(node.LogPaths(names)).ConfigureAwait(false);
            await Task.Delay(Settling).ConfigureAwait(false);
            int[] those = [.. ProcessTable.Pids().Where(p => !before.Contains(p))];
            double Share(Func<string, bool> which) => those.Where(p => which(ProcessTable.Name(p))).Sum(ProcessTable.Pss) / 1e6 / Machines;
            double all = Share(static _ => true);
            chapter.Notes.Add(
                $"PSS a machine: QEMU {Figures.Of(Share(static n => n.StartsWith("qemu", StringComparison.Ordinal)))} MB, its holder and carrier {Figures.Of(Share(static n => n == "skerry-vmm"))} MB, monitors {Figures.Of(Share(static n => n == "conmon"))} MB");
            chapter.Bars.Add(new Bar($"microVMs not alive of {Machines}, in 4 GiB", 0, "", Math.Max(0, Machines - node.LogPaths(names).Count)));
            chapter.Bars.Add(new Bar("PSS of all that comes with a further microVM", MostMegabytes, "MB", all));
            node.Remove(names);
        }
        finally
        {
            await File.WriteAllTextAsync(group, usual).ConfigureAwait(false);
        }
    }
}
