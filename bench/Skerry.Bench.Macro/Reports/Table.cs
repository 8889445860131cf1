using System.Text;
using System.Text.Json.Nodes;
using Skerry.Bench.Macro.Measures;

namespace Skerry.Bench.Macro.Reports;

/// <summary>Rows of text under headings.</summary>
internal sealed record Table(string Caption, IReadOnlyList<string> Headings, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <summary>The usual table of series.</summary>
    public static Table Of(string caption, IEnumerable<Series> series) => new(
        caption,
        ["what", "n", "median ms", "min ms", "p90 ms", "CPU ms"],
        [.. series.Select(s => (IReadOnlyList<string>)
            [s.Name, $"{s.Count}", Figures.Of(s.Median), Figures.Of(s.Minimum), Figures.Of(s.Ninetieth), Figures.Of(s.CpuMedian)])]);

    public void AppendTo(StringBuilder markdown)
    {
        if (Caption.Length > 0)
        {
            _ = markdown.Append(Caption).Append("\n\n");
        }

        _ = markdown.Append("| ").AppendJoin(" | ", Headings).Append(" |\n|").Append(string.Concat(Headings.Select((_, i) => i == 0 ? "---|" : "---:|"))).Append('\n');
        foreach (IReadOnlyList<string> row in Rows)
        {
            _ = markdown.Append("| ").AppendJoin(" | ", row).Append(" |\n");
        }

        _ = markdown.Append('\n');
    }

    public JsonObject ToJson() => new()
    {
        ["caption"] = Caption,
        ["headings"] = Strings(Headings),
        ["rows"] = new JsonArray([.. Rows.Select(r => (JsonNode)Strings(r))]),
    };

    private static JsonArray Strings(IEnumerable<string> values) => new([.. values.Select(v => (JsonNode)JsonValue.Create(v))]);
}
