namespace Skerry.Guard.Events;

/// <summary>
/// Which arguments of system calls the node's sensor gives: what its own table of calls, calls.txt, has a place for. What a start and an end of
/// a process have is filled in by the sensor itself and is not in that table.
/// </summary>
internal static class GivenArguments
{
    private const StringSplitOptions Clean = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;

    private static readonly HashSet<string> Unlisted = new(StringComparer.Ordinal) { "execve", "execveat", "procexit" };
    private static readonly Dictionary<string, HashSet<string>> Table = Read();

    /// <summary>Arguments of a kind of event that are in no event; none for kinds that the table does not tell of.</summary>
    public static IReadOnlyList<string> Missing(EventType type) =>
        Unlisted.Contains(type.Name) ? [] : [.. type.Arguments.Where(a => !Table.TryGetValue(type.Name, out var given) || !given.Contains(a))];

    private static Dictionary<string, HashSet<string>> Read()
    {
        using var stream = typeof(GivenArguments).Assembly.GetManifestResourceStream("calls.txt") ?? throw new InvalidOperationException("the assembly has no calls.txt");
        using var reader = new StreamReader(stream);
        Dictionary<string, HashSet<string>> table = new(StringComparer.Ordinal);
        foreach (var row in reader.ReadToEnd().Split('\n', Clean).Where(static r => !r.StartsWith('#')))
        {
            var items = row.Split(' ', Clean);
            table[items[0]] = [.. items.Skip(2).Where(static i => i.Contains('=', StringComparison.Ordinal)).Select(static i => i[..i.IndexOf('=', StringComparison.Ordinal)])];
        }

        return table;
    }
}
