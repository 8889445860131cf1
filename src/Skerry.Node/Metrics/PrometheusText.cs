using System.Globalization;
using System.Text;

namespace Skerry.Node.Metrics;

/// <summary>Writes measurements in Prometheus' text format, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats).</summary>
internal static class PrometheusText
{
    /// <summary>All families that have been measured.</summary>
    internal static string Write(IReadOnlyList<MeasuredFamily> families)
    {
        var text = new StringBuilder();
        foreach (var (name, family) in families.Where(static f => f.Points.Count > 0).Select(static f => (Name: NameOf(f), Family: f)).OrderBy(static f => f.Name, StringComparer.Ordinal))
        {
            var help = family.Description.Length > 0 ? family.Description : name;
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {TypeOf(family.Kind)}\n");
            foreach (var point in family.Points)
            {
                var labels = Labels(point.Tags);
                if (point.Buckets is { } buckets)
                {
                    Histogram(text, name, labels, point.Value, buckets);
                }
                else
                {
                    text.Append(name).Append(Braces(labels)).Append(' ').Append(Number(point.Value)).Append('\n');
                }
            }
        }

        return text.ToString();
    }

    private static string NameOf(MeasuredFamily family) =>
        family.Name.Replace('.', '_')
        + family.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => string.Empty }
        + (family.Kind == MeasuredKind.Counter ? "_total" : string.Empty);

    private static string TypeOf(MeasuredKind kind) => kind switch
    {
        MeasuredKind.Counter => "counter",
        MeasuredKind.Histogram => "histogram",
        _ => "gauge",
    };

    private static void Histogram(StringBuilder text, string name, string labels, double sum, IReadOnlyList<long> buckets)
    {
        var before = labels.Length > 0 ? labels + "," : string.Empty;
        long count = 0;
        for (var i = 0; i < buckets.Count; i++)
        {
            count += buckets[i];
            var bound = i < Measurements.Bounds.Count ? Number(Measurements.Bounds[i]) : "+Inf";
            text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{before}le=\"{bound}\"}} {count}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"{name}_sum{Braces(labels)} {Number(sum)}\n{name}_count{Braces(labels)} {count}\n");
    }

    private static string Braces(string labels) => labels.Length > 0 ? "{" + labels + "}" : string.Empty;

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Labels(IReadOnlyList<KeyValuePair<string, string>> tags) => string.Join(',', tags.Select(static tag =>
        $"{tag.Key.Replace('.', '_')}=\"{tag.Value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\""));
}
