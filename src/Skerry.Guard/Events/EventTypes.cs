using System.Collections.Frozen;

namespace Skerry.Guard.Events;

/// <summary>All kinds of events that rules can name.</summary>
public static class EventTypes
{
    /// <summary>Number of the arguments that no event has.</summary>
    private const int NoArgument = int.MaxValue;

    private static readonly char[] Blanks = [' ', '\n'];
    private static readonly string[] ArgumentNames;
    private static readonly FrozenDictionary<string, int> ArgumentIds;
    private static readonly FrozenDictionary<string, EventType> ByName;

    static EventTypes()
    {
        const StringSplitOptions Clean = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
        var rows = EventTypeRows.Detailed.Split('\n', Clean).Select(static line => line.Split(' ', Clean))
            .Concat(EventTypeRows.Plain.Split([' ', '\n'], Clean).Select(static name => new[] { name, "syscall", "other" }))
            .ToList();
        ArgumentNames = [.. rows.SelectMany(ArgumentsOf).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        ArgumentIds = ArgumentNames.Index().ToFrozenDictionary(static a => a.Item, static a => a.Index, StringComparer.Ordinal);
        All = [.. rows.Select(Read)];
        ByName = All.ToFrozenDictionary(static t => t.Name, StringComparer.Ordinal);
    }

    /// <summary>Every kind, by its code.</summary>
    public static IReadOnlyList<EventType> All { get; }

    /// <summary>The kind of this name; null where there is none.</summary>
    public static EventType? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>The kind of this name, which must exist.</summary>
    public static EventType Get(string name) => Find(name) ?? throw new ArgumentException($"there is no event type '{name}'", nameof(name));

    /// <summary>True for a name that rules may use though no event of that kind comes.</summary>
    internal static bool IsUnseen(string name) => name.Length == 0 || EventTypeRows.Unseen.Split(Blanks).Contains(name, StringComparer.Ordinal);

    /// <summary>Number of an argument's name over all events; -1 where rules cannot name it.</summary>
    internal static int ArgumentId(string name) => ArgumentIds.TryGetValue(name, out var id) ? id
        : EventTypeRows.UnseenArguments.Split(Blanks).Contains(name, StringComparer.Ordinal) ? NoArgument : -1;

    /// <summary>The longest argument name that a text begins with, as Falco finds it; null where there is none.</summary>
    internal static string? LongestArgument(string text) =>
        ArgumentNames.Where(name => text.StartsWith(name, StringComparison.Ordinal)).MaxBy(static name => name.Length);

    private static string[] ArgumentsOf(string[] row) => row.Length > 3 ? row[3].Split(',') : [];

    private static EventType Read(string[] row, int code)
    {
        var arguments = ArgumentsOf(row);
        var positions = new sbyte[ArgumentNames.Length];
        positions.AsSpan().Fill(-1);
        for (var i = arguments.Length - 1; i >= 0; i--)
        {
            positions[ArgumentIds[arguments[i]]] = (sbyte)i;
        }

        var category = Enum.Parse<EventCategory>(row[2].TrimEnd('!').Replace("_", "", StringComparison.Ordinal), ignoreCase: true);
        return new EventType(code, row[0], row[1] == "syscall", category, row[2].EndsWith('!'), arguments, positions);
    }
}
