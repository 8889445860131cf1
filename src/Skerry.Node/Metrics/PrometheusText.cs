using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Skerry.Node.Metrics;

/// <summary>
/// Listens to a meter and writes what it measured in Prometheus' text format, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats).
/// Any thread may measure; any thread may ask.
/// </summary>
internal sealed class PrometheusText : IDisposable
{
    /// <summary>Upper bounds of all histograms, seconds.</summary>
    private static readonly double[] Bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    // Guards the series.
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Family> _families = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();

    internal PrometheusText(string meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == meter)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>All that was measured, and the gauges as they are now.</summary>
    internal string Write()
    {
        lock (_lock)
        {
            foreach (var family in _families.Values.Where(static f => f.Type == "gauge"))
            {
                family.Series.Clear();
            }
        }

        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        lock (_lock)
        {
            foreach (var (name, family) in _families)
            {
                text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {family.Help}\n# TYPE {name} {family.Type}\n");
                foreach (var (labels, series) in family.Series)
                {
                    if (series.Buckets is { } buckets)
                    {
                        Histogram(text, name, labels, series, buckets);
                    }
                    else
                    {
                        text.Append(name).Append(Braces(labels)).Append(' ').Append(Number(series.Sum)).Append('\n');
                    }
                }
            }
        }

        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private static void Histogram(StringBuilder text, string name, string labels, Series series, long[] buckets)
    {
        var before = labels.Length > 0 ? labels + "," : string.Empty;
        long count = 0;
        for (var i = 0; i < buckets.Length; i++)
        {
            count += buckets[i];
            var bound = i < Bounds.Length ? Number(Bounds[i]) : "+Inf";
            text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{before}le=\"{bound}\"}} {count}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"{name}_sum{Braces(labels)} {Number(series.Sum)}\n{name}_count{Braces(labels)} {count}\n");
    }

    private static string Braces(string labels) => labels.Length > 0 ? "{" + labels + "}" : string.Empty;

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
        {
            return string.Empty;
        }

        var text = new StringBuilder();
        foreach (var (key, value) in tags)
        {
            var escaped = (value?.ToString() ?? string.Empty).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
            text.Append(text.Length > 0 ? "," : string.Empty).Append(key.Replace('.', '_')).Append("=\"").Append(escaped).Append('"');
        }

        return text.ToString();
    }

    private void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var (type, suffix) = instrument switch
        {
            Counter<long> or Counter<double> => ("counter", "_total"),
            Histogram<double> or Histogram<long> => ("histogram", string.Empty),
            _ => ("gauge", string.Empty),
        };
        var unit = instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => string.Empty };
        var name = instrument.Name.Replace('.', '_') + unit + suffix;
        var labels = Labels(tags);
        lock (_lock)
        {
            if (!_families.TryGetValue(name, out var family))
            {
                _families[name] = family = new Family(type, instrument.Description ?? name);
            }

            if (!family.Series.TryGetValue(labels, out var series))
            {
                family.Series[labels] = series = new Series(type == "histogram" ? new long[Bounds.Length + 1] : null);
            }

            if (series.Buckets is { } buckets)
            {
                // The first bound that is not below the value; behind the last one: +Inf.
                var at = Array.BinarySearch(Bounds, value);
                buckets[at < 0 ? ~at : at]++;
            }

            series.Sum = type == "gauge" ? value : series.Sum + value;
        }
    }

    private sealed record Family(string Type, string Help)
    {
        internal SortedDictionary<string, Series> Series { get; } = new(StringComparer.Ordinal);
    }

    private sealed class Series(long[]? buckets)
    {
        internal long[]? Buckets { get; } = buckets;

        internal double Sum { get; set; }
    }
}
