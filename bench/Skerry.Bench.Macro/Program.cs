using System.Globalization;
using Skerry.Bench.Macro;
using Skerry.Bench.Macro.Peers;
using Skerry.Bench.Macro.Reports;
using Skerry.Bench.Macro.Sections;

// Started by bench/run inside the bench's namespaces:
// Skerry.Bench.Macro WORK DIST PACKAGES BENCH RESULTS [options]
try
{
    if (args.Length < 5)
    {
        throw new BenchException("started without its directories: use bench/run");
    }

    Workplace place = new(args[0], args[1], args[2], args[3]);
    BenchOptions options = BenchOptions.Parse(args[5..]);
    ISection[] all = [new RunLatency(), new FrontOverhead(), new HundredPods(), new PullAndUnpack(), new ImageLook(), new IdleDaemon(), new ManyPods(), new SandboxLatency(), new SandboxCrowd(), new WasmModules(), new MicrovmLatency(), new MicrovmCrowd(), new GuardAnswers(), new GuardCost(), new ImageVerifying(), new LibraryParts()];
    ISection[] wanted = [.. all.Where(s => options.Only.IsEmpty || options.Only.Contains(s.Name))];
    if (options.Only.FirstOrDefault(o => all.All(s => s.Name != o)) is { } unknown)
    {
        throw new BenchException($"no section '{unknown}': there are {string.Join(", ", all.Select(s => s.Name))}");
    }

    DateTimeOffset at = TimeProvider.System.GetUtcNow();
    Report report = new(Machine.Describe(place), at, options.Quick);
    await using (Bench bench = new(place, options))
    {
        foreach (ISection section in wanted)
        {
            bench.Say($"{section.Name}: {section.Title}");
            Chapter chapter = new(section.Name, section.Title);
            report.Chapters.Add(chapter);
            try
            {
                await section.RunAsync(bench, chapter).ConfigureAwait(false);
            }
            catch (BenchException e)
            {
                chapter.Notes.Add($"not finished: {e.Message}");
                bench.Say($"  not finished: {e.Message}");
            }
        }
    }

    string name = Path.Combine(args[4], at.ToString("yyyy-MM-dd-HHmm", CultureInfo.InvariantCulture) + (options.Quick ? "-quick" : ""));
    await File.WriteAllTextAsync(name + ".md", report.ToMarkdown()).ConfigureAwait(false);
    await File.WriteAllTextAsync(name + ".json", report.ToJson()).ConfigureAwait(false);
    Console.Write(report.ToMarkdown());
    Console.Error.WriteLine($"written: {name}.md and .json");
    return report.AnyFailed ? 1 : 0;
}
catch (BenchException e)
{
    Console.Error.WriteLine($"bench: {e.Message}");
    return 2;
}
