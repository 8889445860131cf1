using System.Globalization;
using SharpFuzz;
using Skerry.Oci.Fuzz;

// --target NAME                     under AFL: one input on standard input at a time (instrument Skerry.Oci.dll with the sharpfuzz tool first)
// --seconds N [--seed S] [--target NAME]   random mutations of the built-in seeds, without AFL
// --file F --target NAME            one input, to look at a finding
string? Option(string name) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : null;

var chosen = Targets.All.Where(t => Option("--target") is not { } name || t.Name == name).ToList();
if (!Environment.IsPrivilegedProcess && chosen.RemoveAll(static t => t.Name == "extract") > 0)
{
    Console.WriteLine("extract: skipped, unpacking layers needs root");
}

AppDomain.CurrentDomain.ProcessExit += static (_, _) => Targets.End();
if (chosen.Count == 0 || args.Contains("--help"))
{
    Console.Error.WriteLine($"usage: Skerry.Oci.Fuzz --seconds N [--seed S] [--target T] | --target T [--file F]; targets: {string.Join(", ", Targets.All.Select(t => t.Name))}");
    return 2;
}

if (Option("--file") is { } file)
{
    chosen[0].Check(await File.ReadAllBytesAsync(file));
    return 0;
}

if (Option("--seconds") is { } seconds)
{
    var seed = int.Parse(Option("--seed") ?? "1", CultureInfo.InvariantCulture);
    // What makes its own inputs works on disk, and gets as much time as all others together.
    var all = double.Parse(seconds, CultureInfo.InvariantCulture);
    var parts = chosen.Sum(static t => t.Make is null ? 1 : 6);
    return chosen.Count(target => !new MutationRun(target, seed).Run(TimeSpan.FromSeconds(all * (target.Make is null ? 1 : 6) / parts))) == 0 ? 0 : 1;
}

Fuzzer.Run(stream =>
{
    using var input = new MemoryStream();
    stream.CopyTo(input);
    chosen[0].Check(input.ToArray());
});
return 0;
