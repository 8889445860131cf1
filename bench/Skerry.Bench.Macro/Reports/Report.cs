using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Skerry.Bench.Macro.Reports;

/// <summary>One run of the bench: the machine, the verdicts, the chapters; as markdown for people and JSON for programs.</summary>
internal sealed class Report(IReadOnlyList<KeyValuePair<string, string>> machine, DateTimeOffset at, bool quick)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public List<Chapter> Chapters { get; } = [];

    public bool AnyFailed => Chapters.Any(c => c.Bars.Any(b => b.Verdict == "FAIL"));

    public string ToMarkdown()
    {
        StringBuilder text = new();
        _ = text.Append(CultureInfo.InvariantCulture, $"# Skerry beside its peers, {at:yyyy-MM-dd HH:mm} UTC\n\n");
        if (quick)
        {
            _ = text.Append("A quick run: fewer samples than the promises ask for. Not to be quoted.\n\n");
        }

        _ = text.Append("| machine | |\n|---|---|\n");
        foreach ((string key, string value) in machine)
        {
            _ = text.Append(CultureInfo.InvariantCulture, $"| {key} | {value} |\n");
        }

        _ = text.Append('\n');
        if (Chapters.Any(c => c.Bars.Count > 0))
        {
            _ = text.Append("## Verdicts\n\n");
            new Table(
                "",
                ["measure", "limit", "measured", "verdict"],
                [.. Chapters.SelectMany(c => c.Bars).Select(b => (IReadOnlyList<string>)
                    [b.What, b.LimitText, b.ValueText, b.Why.Length == 0 ? b.Verdict : $"{b.Verdict} ({b.Why})"])]).AppendTo(text);
        }

        foreach (Chapter chapter in Chapters)
        {
            _ = text.Append(CultureInfo.InvariantCulture, $"## {chapter.Title}\n\n");
            foreach (Table table in chapter.Tables)
            {
                table.AppendTo(text);
            }

            foreach (string note in chapter.Notes)
            {
                _ = text.Append("- ").Append(note).Append('\n');
            }

            _ = text.Append(chapter.Notes.Count > 0 ? "\n" : "");
        }

        return text.ToString().TrimEnd() + "\n";
    }

    public string ToJson()
    {
        JsonObject described = [];
        foreach ((string key, string value) in machine)
        {
            described[key] = value;
        }

        return new JsonObject
        {
            ["at"] = at.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
            ["quick"] = quick,
            ["machine"] = described,
            ["chapters"] = new JsonArray([.. Chapters.Select(c => (JsonNode)c.ToJson())]),
        }.ToJsonString(Indented) + "\n";
    }
}
