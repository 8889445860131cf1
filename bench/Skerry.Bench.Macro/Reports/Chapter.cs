using System.Text.Json.Nodes;
using Skerry.Bench.Macro.Measures;

namespace Skerry.Bench.Macro.Reports;

/// <summary>What one section found.</summary>
internal sealed class Chapter(string name, string title)
{
    public string Name { get; } = name;

    public string Title { get; } = title;

    /// <summary>How it was measured, what was dropped and why.</summary>
    public List<string> Notes { get; } = [];

    public List<Table> Tables { get; } = [];

    public List<Bar> Bars { get; } = [];

    public List<Series> Series { get; } = [];

    /// <summary>Adds a measurement's table, its dropped contenders and the load that others made.</summary>
    public void Add(string caption, IReadOnlyList<Series> series, Interleaving measured)
    {
        Tables.Add(Table.Of(caption, series));
        Series.AddRange(series);
        Notes.AddRange(measured.Dropped.Select(d => $"not measured: {d.Key}: {d.Value}"));
        Notes.Add($"load of others on the machine meanwhile: {Figures.Of(measured.OtherLoad)} cores");
    }

    public JsonObject ToJson() => new()
    {
        ["name"] = Name,
        ["title"] = Title,
        ["notes"] = new JsonArray([.. Notes.Select(n => (JsonNode)JsonValue.Create(n))]),
        ["tables"] = new JsonArray([.. Tables.Select(t => (JsonNode)t.ToJson())]),
        ["bars"] = new JsonArray([.. Bars.Select(b => (JsonNode)new JsonObject
        {
            ["what"] = b.What, ["limit"] = b.Limit, ["unit"] = b.Unit, ["value"] = b.Value, ["verdict"] = b.Verdict, ["why"] = b.Why,
        })]),
        ["series"] = new JsonArray([.. Series.Select(s => (JsonNode)new JsonObject
        {
            ["name"] = s.Name,
            ["median_ms"] = Math.Round(s.Median, 3),
            ["min_ms"] = Math.Round(s.Minimum, 3),
            ["p90_ms"] = Math.Round(s.Ninetieth, 3),
            ["cpu_median_ms"] = Math.Round(s.CpuMedian, 3),
            ["wall_ms"] = new JsonArray([.. s.Wall.Select(w => (JsonNode)JsonValue.Create(Math.Round(w, 3)))]),
        })]),
    };
}
