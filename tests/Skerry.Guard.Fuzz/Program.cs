using System.Globalization;
using SharpFuzz;
using Skerry.Guard.Fuzz;

// --target NAME                     under AFL: one input on standard input at a time (instrument Skerry.Guard.dll with the sharpfuzz tool first)
// --seconds N [--seed S] [--target NAME]   random mutations of the built-in seeds, without AFL
// --file F --target NAME            one input, to look at a finding
string? Option(string name) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : null;

var chosen = Targets.All.Where(t => Option("--target") is not { } name || t.Name == name).ToList();
if (chosen.Count == 0 || args.Contains("--help"))
{
    Console.Error.WriteLine($"usage: Skerry.Guard.Fuzz --seconds N [--seed S] [--target T] | --target T [--file F]; targets: {string.Join(", ", Targets.All.Select(static t => t.Name))}");
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
    var each = TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture) / chosen.Count);
    return chosen.Count(target => !new MutationRun(target, seed).Run(each)) == 0 ? 0 : 1;
}

Fuzzer.Run(stream =>
{
    using var input = new MemoryStream();
    stream.CopyTo(input);
    chosen[0].Check(input.ToArray());
});
return 0;
