using System.Collections.ObjectModel;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Skerry.Node.Metrics;

/// <summary>
/// Listens to a meter and adds up what it measures, from its making on. Any thread may measure; any thread may read. What it holds is
/// bounded by the instruments and the values of their tags, never by time: nothing is queued.
/// </summary>
internal sealed class Measurements : IDisposable
{
    /// <summary>Series that one instrument may have; what comes after them is counted under the tag <c>otel.metric.overflow</c>
    /// (opentelemetry.io/docs/specs/otel/metrics/sdk, cardinality limits).</summary>
    internal const int MostSeries = 500;

    private static readonly double[] s_bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
    private static readonly KeyValuePair<string, string>[] s_overflow = [new("otel.metric.overflow", "true")];

    // Guards the series. Never held while instruments are asked.
    private readonly Lock _lock = new();

    // One reader at a time, because gauges are cleared and asked again for each.
    private readonly Lock _reading = new();
    private readonly SortedDictionary<string, Family> _families = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();

    internal Measurements(string meter, TimeProvider clock)
    {
        Since = clock.GetUtcNow();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == meter)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, true, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, false, tags));
        _listener.Start();
    }

    /// <summary>Upper bounds of the buckets of all histograms, seconds; a value on a bound is below it.</summary>
    internal static ReadOnlyCollection<double> Bounds { get; } = s_bounds.AsReadOnly();

    /// <summary>When all sums were zero.</summary>
    internal DateTimeOffset Since { get; }

    /// <summary>All that was measured, by name, and the gauges as they are now.</summary>
    internal IReadOnlyList<MeasuredFamily> Read()
    {
        lock (_reading)
        {
            lock (_lock)
            {
                foreach (var family in _families.Values.Where(static f => f.Kind == MeasuredKind.Gauge))
                {
                    family.Series.Clear();
                }
            }

            _listener.RecordObservableInstruments();
            lock (_lock)
            {
                return [.. _families.Values.Select(static family => family.Copy())];
            }
        }
    }

    public void Dispose() => _listener.Dispose();

    private static string Key(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
        {
            return string.Empty;
        }

        var text = new StringBuilder();
        foreach (var (key, value) in tags)
        {
            text.Append(key).Append('\0').Append(Text(value)).Append('\0');
        }

        return text.ToString();
    }

    private static KeyValuePair<string, string>[] Texts(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var texts = new KeyValuePair<string, string>[tags.Length];
        for (var i = 0; i < tags.Length; i++)
        {
            texts[i] = new(tags[i].Key, Text(tags[i].Value));
        }

        return texts;
    }

    private static string Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? string.Empty;

    private static MeasuredKind KindOf(Instrument instrument) => instrument switch
    {
        Counter<long> or Counter<double> => MeasuredKind.Counter,
        Histogram<long> or Histogram<double> => MeasuredKind.Histogram,
        _ => MeasuredKind.Gauge,
    };

    private void Note(Instrument instrument, double value, bool isInteger, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var key = Key(tags);
        lock (_lock)
        {
            if (!_families.TryGetValue(instrument.Name, out var family))
            {
                _families[instrument.Name] = family = new Family(instrument, KindOf(instrument), isInteger);
            }

            if (!family.Series.TryGetValue(key, out var series))
            {
                var texts = Texts(tags);
                if (family.Series.Count >= MostSeries)
                {
                    (key, texts) = ("\0", s_overflow);
                }

                if (!family.Series.TryGetValue(key, out series))
                {
                    family.Series[key] = series = new Series(texts, family.Kind == MeasuredKind.Histogram ? new long[s_bounds.Length + 1] : null);
                }
            }

            if (series.Buckets is { } buckets)
            {
                // The first bound that is not below the value; behind the last one: all above.
                var at = Array.BinarySearch(s_bounds, value);
                buckets[at < 0 ? ~at : at]++;
            }

            series.Value = family.Kind == MeasuredKind.Gauge ? value : series.Value + value;
        }
    }

    private sealed record Family(Instrument Instrument, MeasuredKind Kind, bool IsInteger)
    {
        internal SortedDictionary<string, Series> Series { get; } = new(StringComparer.Ordinal);

        internal MeasuredFamily Copy() => new(
            Instrument.Name,
            Instrument.Unit ?? string.Empty,
            Instrument.Description ?? string.Empty,
            Kind,
            IsInteger,
            [.. Series.Values.Select(static series => new MeasuredPoint(series.Tags, series.Value, series.Buckets?.ToArray()))]);
    }

    private sealed class Series(KeyValuePair<string, string>[] tags, long[]? buckets)
    {
        internal KeyValuePair<string, string>[] Tags { get; } = tags;

        internal long[]? Buckets { get; } = buckets;

        internal double Value { get; set; }
    }
}
