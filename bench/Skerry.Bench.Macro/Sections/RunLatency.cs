using Skerry.Bench.Macro.Measures;
using Skerry.Bench.Macro.Peers;
using Skerry.Bench.Macro.Reports;
using Skerry.Bench.Macro.Spawning;

namespace Skerry.Bench.Macro.Sections;

/// <summary>The wall clock of one container that does nothing: from spawning the client to its end.</summary>
internal sealed class RunLatency : ISection
{
    private const string Ours = "skerry run --rm --network none";

    public string Name => "run";

    public string Title => "One container: `run --rm IMAGE true`, spawn to exit";

    public async Task RunAsync(Bench bench, Chapter chapter)
    {
        List<Contender> contenders = [];
        string errors = bench.Place.Errors;
        string? beneath = null;
        if (await bench.SkerryAsync().ConfigureAwait(false) is { } skerry)
        {
            beneath = skerry.RuntimeBeneath(Registry.Small);
            contenders.Add(Contender.OfCommand(Ours, errors, _ => skerry.Cli("run", "--rm", "--network", "none", Registry.Small, "true")));
            chapter.Notes.Add($"Skerry ran the containers with {beneath}");
        }

        Podman? podman = await bench.PodmanAsync().ConfigureAwait(false);
        Containerd? containerd = await bench.ContainerdAsync().ConfigureAwait(false);
        foreach (string runtime in new[] { Tool.Crun, Tool.Runc }.OfType<string>())
        {
            string name = Path.GetFileName(runtime);
            if (podman is not null)
            {
                contenders.Add(Contender.OfCommand($"podman run --rm --network none ({name})", errors, _ => podman.Run(runtime, Registry.Small, "true")));
            }

            if (containerd is not null)
            {
                contenders.Add(Contender.OfCommand(
                    $"ctr run --rm ({name})", errors, n => containerd.Run(runtime, Registry.Small, Bench.Id("run", n), "true")));
            }

            contenders.AddRange(Bare(bench, runtime, name, errors));
        }

        if (bench.Skerry?.Specification is { } specification && Tool.Crun is { } crun)
        {
            Bundle same = Bundle.OfSpec(bench.Place, specification, bench.Rootfs);
            contenders.Add(Contender.OfCommand("crun run, the spec that Skerry wrote", errors, n => same.Run(crun, Bench.Id("bare", n))));
        }

        Interleaving interleaving = new(bench.Say);
        IReadOnlyList<Series> series = await interleaving.RunAsync(contenders, bench.Options.Runs, bench.Options.WarmUps).ConfigureAwait(false);
        chapter.Add("", series, interleaving);
        chapter.Notes.Add("hardened: user namespace, memory, pid and CPU limits, seccomp; precompiled: the filter is given compiled, which only crun takes");

        double? Median(string start) => series.FirstOrDefault(s => s.Name.StartsWith(start, StringComparison.Ordinal))?.Median;
        double? ours = Median(Ours);
        string why = bench.Absent.GetValueOrDefault("Skerry", "a contender was dropped");
        string like = beneath?.StartsWith("runc", StringComparison.Ordinal) == true ? "runc" : "crun";
        string bare = like == "runc" ? "runc run, hardened" : "crun run, hardened, precompiled";
        chapter.Bars.Add(Bar.Ratio($"`skerry run` / `podman run` ({like})", 0.3, ours, Median($"podman run --rm --network none ({like})"), why));
        chapter.Bars.Add(Bar.Ratio($"`skerry run` / `ctr run` ({like})", 0.7, ours, Median($"ctr run --rm ({like})"), why));
        chapter.Bars.Add(Bar.Ratio($"`skerry run` / the bare runtime (`{bare}`)", 3, ours, Median(bare), why));
    }

    private static IEnumerable<Contender> Bare(Bench bench, string runtime, string name, string errors)
    {
        List<(string, Bundle.Hardening)> kinds = [($"{name} run, plain", Bundle.Hardening.Plain)];
        if (SeccompProfile.IsThere)
        {
            kinds.Add(($"{name} run, hardened", Bundle.Hardening.Hardened));
            if (name == "crun")
            {
                kinds.Add(($"{name} run, hardened, precompiled", Bundle.Hardening.HardenedPrecompiled));
            }
        }

        foreach ((string what, Bundle.Hardening hardening) in kinds)
        {
            Bundle bundle = Bundle.Of(bench.Place, runtime, bench.Rootfs, hardening, "/bin/true");
            yield return Contender.OfCommand(what, errors, n => bundle.Run(runtime, Bench.Id("bare", n)));
        }
    }
}
