using System.Globalization;
using System.Text.Json;

namespace Skerry.System.Tests.Measured;

/// <summary>
/// What was promised in numbers against what was measured: for each bar, the newest table of the bench that measured it, its limit and its
/// samples. Quick runs never count.
/// </summary>
internal static class MeasuredBars
{
    /// <summary>Fewer samples than this prove nothing.</summary>
    private const int FewestSamples = 30;

    /// <summary>What is wrong with the bars whose text fits; empty when all hold.</summary>
    /// <param name="tables">File names with their content; names begin with the date.</param>
    /// <param name="fits">Which bars are meant.</param>
    /// <param name="bars">How many there must be.</param>
    /// <param name="document">The text that people read; it must name the tables.</param>
    internal static IReadOnlyList<string> Faults(IEnumerable<(string Name, string Json)> tables, Func<string, bool> fits, int bars, string document)
    {
        Dictionary<string, string> newest = new(StringComparer.Ordinal);
        foreach (var (name, json) in tables.OrderBy(static t => t.Name, StringComparer.Ordinal))
        {
            using var table = JsonDocument.Parse(json);
            if (table.RootElement.GetProperty("quick").GetBoolean())
            {
                continue;
            }

            foreach (var chapter in table.RootElement.GetProperty("chapters").EnumerateArray())
            {
                foreach (var bar in chapter.GetProperty("bars").EnumerateArray())
                {
                    var what = bar.GetProperty("what").GetString()!;
                    if (fits(what) && bar.GetProperty("value").ValueKind == JsonValueKind.Number)
                    {
                        newest[what] = Fault(name, chapter, bar, what, document);
                    }
                }
            }
        }

        var found = newest.Count.ToString(CultureInfo.InvariantCulture);
        return newest.Count < bars
            ? [$"{found} of {bars.ToString(CultureInfo.InvariantCulture)} bars were measured ({string.Join(", ", newest.Keys)}): run bench/run and commit its table"]
            : [.. newest.Values.Where(static f => f.Length > 0)];
    }

    private static string Fault(string name, JsonElement chapter, JsonElement bar, string what, string document)
    {
        var (value, limit) = (bar.GetProperty("value").GetDouble(), bar.GetProperty("limit").GetDouble());
        var samples = chapter.GetProperty("series").EnumerateArray().Select(static s => s.GetProperty("wall_ms").GetArrayLength()).DefaultIfEmpty(FewestSamples).Min();
        return value > limit ? string.Create(CultureInfo.InvariantCulture, $"{name}: {what} is {value:0.###}, more than {limit:0.###}")
            : samples < FewestSamples ? string.Create(CultureInfo.InvariantCulture, $"{name}: {what} comes from {samples} samples, fewer than {FewestSamples}")
            : !document.Contains(name, StringComparison.Ordinal) ? $"docs/performance.md does not name {name}, the newest table with {what}"
            : "";
    }
}
