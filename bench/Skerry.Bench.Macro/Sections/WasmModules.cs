using Skerry.Bench.Macro.Measures;
using Skerry.Bench.Macro.Peers;
using Skerry.Bench.Macro.Reports;
using Skerry.Bench.Macro.Spawning;

namespace Skerry.Bench.Macro.Sections;

/// <summary>Modules of the wasm tier: how fast one starts and ends, and what many cost that are alive.</summary>
internal sealed class WasmModules : ISection
{
    private const string Ours = "skerry run --rm --tier wasm";
    private const int Modules = 300;
    private const double MostMilliseconds = 60;
    private const double MostMegabytes = 20;

    public string Name => "wasm";

    public string Title => "WebAssembly: one module, spawn to exit, and many alive";

    public async Task RunAsync(Bench bench, Chapter chapter)
    {
        const string Start = "`skerry run --tier wasm`, a module that does nothing, its code compiled before";
        int count = bench.Options.Quick ? 30 : Modules;
        if (await bench.SkerryAsync().ConfigureAwait(false) is not { } skerry)
        {
            chapter.Bars.Add(new Bar(Start, MostMilliseconds, "ms", null, bench.Absent.GetValueOrDefault("Skerry", "Skerry is not there")));
            return;
        }

        foreach (string image in (string[])[WasmImage.TrueName, WasmImage.WaitName])
        {
            string archive = Path.Combine(bench.Place.Tmp, "wasm.tar");
            WasmImage.Write(archive, image);
            _ = Child.Read(skerry.Cli("image", "import", archive), bench.Place.Tmp);
        }

        string errors = bench.Place.Errors;
        Interleaving interleaving = new(bench.Say);
        IReadOnlyList<Series> series = await interleaving.RunAsync(
            [Contender.OfCommand(Ours, errors, _ => skerry.Cli("run", "--rm", "--tier", "wasm", WasmImage.TrueName))],
            bench.Options.Runs,
            bench.Options.WarmUps).ConfigureAwait(false);
        chapter.Add("", series, interleaving);
        chapter.Bars.Add(new Bar(Start, MostMilliseconds, "ms", series.Count > 0 ? series[0].Median : null));

        string[] names = [.. Enumerable.Range(0, count).Select(i => Bench.Id("module-", i))];
        HashSet<int> before = [.. ProcessTable.Pids()];
        Crowd.Run(names.Select(n => skerry.Cli("run", "-d", "--tier", "wasm", "--name", n, WasmImage.WaitName)), Environment.ProcessorCount, errors);
        await Crowd.AllLoggedAsync(skerry.LogPaths(names)).ConfigureAwait(false);
        int[] those = [.. ProcessTable.Pids().Where(p => !before.Contains(p))];
        double carriers = those.Where(static p => ProcessTable.Name(p) == "skerry-wasm").Sum(ProcessTable.Pss) / 1e6 / count;
        double all = those.Sum(ProcessTable.Pss) / 1e6 / count;
        chapter.Notes.Add($"PSS a module: {Figures.Of(carriers)} MB of its carrier, {Figures.Of(all)} MB with its monitor; skerryd {Figures.Of(Figures.Megabytes(ProcessTable.Pss(skerry.Server.Pid)))} MB");
        chapter.Bars.Add(new Bar($"modules not alive of {count}", 0, "", Math.Max(0, count - skerry.LogPaths(names).Count)));
        chapter.Bars.Add(new Bar("PSS of all that comes with a module", MostMegabytes, "MB", all));
        skerry.Remove(names);
    }
}
