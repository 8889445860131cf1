namespace Skerry.Node.Metrics;

/// <summary>How the values of an instrument add up.</summary>
internal enum MeasuredKind
{
    /// <summary>A sum that only grows.</summary>
    Counter,

    /// <summary>The value of this moment.</summary>
    Gauge,

    /// <summary>Counts by bucket, with their sum.</summary>
    Histogram,
}

/// <summary>What one instrument has measured so far.</summary>
/// <param name="Name">The instrument's name, dotted.</param>
/// <param name="Unit">UCUM: <c>s</c>, <c>By</c>; empty for plain numbers.</param>
/// <param name="Description">For people.</param>
/// <param name="Kind">How values add up.</param>
/// <param name="IsInteger">The values are whole numbers.</param>
/// <param name="Points">One a set of tags; none before the first measurement.</param>
internal sealed record MeasuredFamily(string Name, string Unit, string Description, MeasuredKind Kind, bool IsInteger, IReadOnlyList<MeasuredPoint> Points);

/// <summary>One series at one moment.</summary>
/// <param name="Tags">As they were given, in order.</param>
/// <param name="Value">The sum, or a gauge's value.</param>
/// <param name="Buckets">Counts of a histogram: one for each of <see cref="Measurements.Bounds"/>, and one for what lies above the last; else null.</param>
internal sealed record MeasuredPoint(IReadOnlyList<KeyValuePair<string, string>> Tags, double Value, IReadOnlyList<long>? Buckets);
