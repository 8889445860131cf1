using Skerry.Bench.Macro.Images;
using Skerry.Bench.Macro.Interop;
using Skerry.Bench.Macro.Measures;
using Skerry.Bench.Macro.Peers;
using Skerry.Bench.Macro.Reports;
using Skerry.Bench.Macro.Spawning;

namespace Skerry.Bench.Macro.Sections;

/// <summary>What it costs that no container starts from an image that was changed on disk: 10 000 files that look as they did, and 10 000 that have to be read.</summary>
internal sealed class ImageLook : ISection
{
    private const string Small = "an image of 1 file";
    private const string Unchanged = "an image of 10 000 files, which look as they did";
    private const string ReadFromMemory = "the same, one file touched: all are read, from memory";
    private const string ReadFromDisk = "the same, all are read, from the disk";
    private const string CatFromMemory = "`cat` of the 10 000 files, from memory";
    private const string CatFromDisk = "`cat` of the 10 000 files, from the disk";

    public string Name => "look";

    public string Title => "An image of 10 000 files: `skerry run --rm IMAGE true`, spawn to exit";

    public async Task RunAsync(Bench bench, Chapter chapter)
    {
        const string Warm = "start of an image of 10 000 files that look as they did, more than of one of 1 file";
        if (await bench.SkerryAsync().ConfigureAwait(false) is not { } skerry)
        {
            chapter.Bars.Add(new Bar(Warm, 5, "ms", null, bench.Absent.GetValueOrDefault("Skerry", "Skerry is not there")));
            return;
        }

        string layout = bench.Place.Disk("layout-many");
        ManyFilesImage.WriteLayout(layout);
        Registry.Push(bench.Place, layout, Registry.ManyFiles);
        skerry.Pull(Registry.ManyFiles);
        string first = Directory.EnumerateDirectories(skerry.Root, "fs", SearchOption.AllDirectories).Select(static d => Path.Combine(d, ManyFilesImage.First)).FirstOrDefault(File.Exists)
            ?? throw new BenchException($"no layer with {ManyFilesImage.First} below {skerry.Root}");
        string files = Path.GetDirectoryName(Path.GetDirectoryName(first))!;
        string errors = bench.Place.Errors;
        Contender Run(string name, string image) => Contender.OfCommand(name, errors, _ => skerry.Cli("run", "--rm", "--network", "none", image, "true"));
        Contender Cat(string name) => Contender.OfCommand(name, errors, _ => Command.Of("/bin/sh", "-c", $"find '{files}' -type f -print0 | xargs -0 cat >/dev/null"));

        Interleaving interleaving = new(bench.Say);
        IReadOnlyList<Series> series = await interleaving.RunAsync(
            [
                Run(Small, Registry.Small),
                Run(Unchanged, Registry.ManyFiles),
                Cat(CatFromMemory),
                Run(ReadFromMemory, Registry.ManyFiles) with { Before = _ => Touch(first) },
                Cat(CatFromDisk) with { Before = _ => Evict(files) },
                Run(ReadFromDisk, Registry.ManyFiles) with { Before = _ => Task.WhenAll(Touch(first), Evict(files)) },
            ],
            bench.Options.LongRuns,
            bench.Options.WarmUps).ConfigureAwait(false);
        chapter.Add("", series, interleaving);
        chapter.Notes.Add($"{ManyFilesImage.Bytes / 1_000_000} MB in the 10 000 files. Times of reading in the bars are what a start takes more than one of the image of 1 file; `cat` is one thread, find and xargs before it");

        double? Median(string name) => series.FirstOrDefault(s => s.Name == name)?.Median;
        const string Why = "a contender was dropped";
        chapter.Bars.Add(new Bar(Warm, 5, "ms", Median(Unchanged) - Median(Small), Median(Unchanged) is null ? Why : ""));
        chapter.Bars.Add(Bar.Ratio("all files read from the disk at a start / `cat`", 1.5, Median(ReadFromDisk) - Median(Small), Median(CatFromDisk), Why));
        chapter.Bars.Add(Bar.Ratio("all files read from memory at a start / `cat`", 1.5, Median(ReadFromMemory) - Median(Small), Median(CatFromMemory), Why));
    }

    /// <summary>Changes the time of a file's last change of state, which nobody can set, and nothing else.</summary>
    private static Task Touch(string file)
    {
        File.SetUnixFileMode(file, File.GetUnixFileMode(file));
        return Task.CompletedTask;
    }

    /// <summary>Has the next to read the files read the disk.</summary>
    private static Task Evict(string files)
    {
        Libc.sync();
        foreach (string file in Directory.EnumerateFiles(files, "*", SearchOption.AllDirectories))
        {
            using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(file);
            _ = Libc.posix_fadvise((int)handle.DangerousGetHandle(), 0, 0, Libc.POSIX_FADV_DONTNEED);
        }

        return Task.CompletedTask;
    }
}
