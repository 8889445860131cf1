using Skerry.Bench.Macro.Spawning;

namespace Skerry.Bench.Macro.Measures;

/// <summary>One of the things that are measured side by side. Only <see cref="Timed"/> is on the clock.</summary>
/// <param name="Name">As it stands in the table.</param>
/// <param name="Timed">Does the work of run number n and returns the wall clock it took.</param>
internal sealed record Contender(string Name, Func<int, Task<TimeSpan>> Timed)
{
    /// <summary>Before each run, off the clock.</summary>
    public Func<int, Task> Before { get; init; } = _ => Task.CompletedTask;

    /// <summary>After each run, off the clock.</summary>
    public Func<int, Task> After { get; init; } = _ => Task.CompletedTask;

    /// <summary>One command, spawned and waited for; it must end with 0.</summary>
    public static Contender OfCommand(string name, string errors, Func<int, Command> command) =>
        new(name, n => Task.FromResult(Once(command(n) with { Errors = errors }, errors)));

    private static TimeSpan Once(Command command, string errors)
    {
        Outcome outcome = Child.Run(command);
        return outcome.ExitCode == 0
            ? outcome.Wall
            : throw new BenchException($"{command}: exit {outcome.ExitCode}: {File.ReadAllText(errors).Trim()}");
    }
}
