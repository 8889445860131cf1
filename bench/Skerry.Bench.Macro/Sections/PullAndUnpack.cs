using Skerry.Bench.Macro.Images;
using Skerry.Bench.Macro.Interop;
using Skerry.Bench.Macro.Measures;
using Skerry.Bench.Macro.Peers;
using Skerry.Bench.Macro.Reports;
using Skerry.Bench.Macro.Spawning;

namespace Skerry.Bench.Macro.Sections;

/// <summary>
/// Pull and unpack of the layered image from the registry on the loopback into a store that has none of it. The registry's
/// files are in the page cache for all; dirty pages are written out before each run.
/// </summary>
internal sealed class PullAndUnpack : ISection
{
    private const string Ours = "skerry image pull";
    private const string Theirs = "podman pull";

    public string Name => "pull";

    public string Title => "Pull and unpack";

    public async Task RunAsync(Bench bench, Chapter chapter)
    {
        ImageLayout image = await bench.LayeredImageAsync().ConfigureAwait(false);
        chapter.Notes.Add(
            $"the image: {image.Layers} layers, {Figures.Of(Figures.Megabytes(image.UnpackedBytes))} MB unpacked, "
            + $"{Figures.Of(Figures.Megabytes(image.CompressedBytes))} MB as gzip, {image.Entries} entries, from Debian packages");
        List<Contender> contenders = [];
        string errors = bench.Place.Errors;
        if (await bench.SkerryAsync().ConfigureAwait(false) is { } skerry)
        {
            contenders.Add(Settled(Contender.OfCommand(Ours, errors, _ => skerry.PullLayered()) with
            {
                After = _ => Do(() => skerry.RemoveImage(Registry.Layered)),
            }));
        }

        if (await bench.PodmanAsync().ConfigureAwait(false) is { } podman)
        {
            string Store(int n) => bench.Place.Disk($"podman-pull-{n}");
            contenders.Add(Settled(Contender.OfCommand(Theirs, errors, n => podman.PullInto(Store(n), Registry.Layered)) with
            {
                After = n => Do(() =>
                {
                    RemoveTree(Store(n));
                    RemoveTree(Workplace.Run("podman-pull"));
                }),
            }));
        }

        if (await bench.ContainerdAsync().ConfigureAwait(false) is { } containerd)
        {
            contenders.Add(Settled(Contender.OfCommand("ctr images pull", errors, _ => containerd.Pull(Registry.Layered)) with
            {
                After = _ => Do(() => containerd.Remove(Registry.Layered)),
            }));
        }

        Interleaving interleaving = new(bench.Say);
        IReadOnlyList<Series> series = await interleaving.RunAsync(contenders, bench.Options.LongRuns, 1).ConfigureAwait(false);
        chapter.Add("", series, interleaving);
        chapter.Bars.Add(Bar.Ratio(
            $"`{Ours}` / `{Theirs}` into an empty store",
            0.6,
            series.FirstOrDefault(s => s.Name == Ours)?.Median,
            series.FirstOrDefault(s => s.Name == Theirs)?.Median,
            bench.Absent.GetValueOrDefault("Skerry", "a contender was dropped")));
    }

    private static Contender Settled(Contender contender) => contender with { Before = _ => Do(Libc.sync) };

    /// <summary>By rm(1): a store holds directories without write permission and names that are not UTF-8.</summary>
    private static void RemoveTree(string directory) => _ = Child.Run(Command.Of("/bin/rm", "-rf", "--one-file-system", directory));

    private static Task Do(Action action)
    {
        action();
        return Task.CompletedTask;
    }
}
