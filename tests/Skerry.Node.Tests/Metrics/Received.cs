using Google.Protobuf;

namespace Skerry.Node.Tests.Metrics;

/// <summary>One ExportMetricsServiceRequest as a receiver reads it. A field that the protocol does not have there is an error.</summary>
internal sealed record Received(IReadOnlyDictionary<string, string> Resource, string Scope, string Version, IReadOnlyList<ReceivedMetric> Metrics)
{
    internal ReceivedMetric? Metric(string name) => Metrics.SingleOrDefault(m => m.Name == name);

    /// <summary>Decodes by the field numbers of opentelemetry-proto.</summary>
    internal static Received Decode(byte[] bytes)
    {
        Dictionary<string, string> resource = [];
        var (scope, version) = (string.Empty, string.Empty);
        List<ReceivedMetric> metrics = [];
        Fields(bytes, (1, resourceMetrics => Fields(
            resourceMetrics.ReadBytes(),
            (1, r => Fields(r.ReadBytes(), (1, a => Attribute(a, resource)))),
            (3, i => i.ReadString()), // schema_url, here and below
            (2, s => Fields(
                s.ReadBytes(),
                (1, o => Fields(o.ReadBytes(), (1, t => scope = t.ReadString()), (2, t => version = t.ReadString()))),
                (2, m => metrics.Add(Metric(m.ReadBytes()))),
                (3, i => i.ReadString()))))));
        return new(resource, scope, version, metrics);
    }

    private static ReceivedMetric Metric(ByteString bytes)
    {
        var (name, description, unit, kind, temporality, monotonic) = ("", "", "", "", 0, false);
        List<ReceivedPoint> points = [];
        void Data(CodedInputStream input, string of)
        {
            kind = of;
            Fields(
                input.ReadBytes(),
                (1, p => points.Add(of == "histogram" ? Histogram(p.ReadBytes()) : Number(p.ReadBytes()))),
                (2, t => temporality = t.ReadEnum()),
                (3, t => monotonic = t.ReadBool()));
        }

        Fields(
            bytes,
            (1, i => name = i.ReadString()),
            (2, i => description = i.ReadString()),
            (3, i => unit = i.ReadString()),
            (5, i => Data(i, "gauge")),
            (7, i => Data(i, "sum")),
            (9, i => Data(i, "histogram")));
        return new(name, description, unit, kind, temporality, monotonic, points);
    }

    private static ReceivedPoint Number(ByteString bytes)
    {
        SortedDictionary<string, string> attributes = new(StringComparer.Ordinal);
        var (start, time, value) = (0UL, 0UL, "");
        Fields(
            bytes,
            (2, i => start = i.ReadFixed64()),
            (3, i => time = i.ReadFixed64()),
            (4, i => value = FormattableString.Invariant($"double {i.ReadDouble()}")),
            (6, i => value = FormattableString.Invariant($"int {i.ReadSFixed64()}")),
            (7, i => Attribute(i, attributes)));
        return new(attributes, start, time, value, 0, 0, [], []);
    }

    private static ReceivedPoint Histogram(ByteString bytes)
    {
        SortedDictionary<string, string> attributes = new(StringComparer.Ordinal);
        var (start, time, count, sum) = (0UL, 0UL, 0UL, 0.0);
        List<ulong> buckets = [];
        List<double> bounds = [];
        Fields(
            bytes,
            (2, i => start = i.ReadFixed64()),
            (3, i => time = i.ReadFixed64()),
            (4, i => count = i.ReadFixed64()),
            (5, i => sum = i.ReadDouble()),
            (6, i => Packed(i, p => buckets.Add(p.ReadFixed64()))),
            (7, i => Packed(i, p => bounds.Add(p.ReadDouble()))),
            (9, i => Attribute(i, attributes)));
        return new(attributes, start, time, "", count, sum, buckets, bounds);
    }

    private static void Attribute(CodedInputStream input, IDictionary<string, string> into)
    {
        string? key = null, value = null;
        Fields(input.ReadBytes(), (1, i => key = i.ReadString()), (2, i => Fields(i.ReadBytes(), (1, v => value = v.ReadString()))));
        into.Add(key!, value!);
    }

    private static void Packed(CodedInputStream input, Action<CodedInputStream> item)
    {
        var inner = input.ReadBytes().CreateCodedInput();
        while (!inner.IsAtEnd)
        {
            item(inner);
        }
    }

    private static void Fields(byte[] bytes, params (int Number, Action<CodedInputStream> Read)[] known) => Fields(ByteString.CopyFrom(bytes), known);

    private static void Fields(ByteString bytes, params (int Number, Action<CodedInputStream> Read)[] known)
    {
        var input = bytes.CreateCodedInput();
        while (input.ReadTag() is var tag and not 0)
        {
            var number = WireFormat.GetTagFieldNumber(tag);
            var read = known.SingleOrDefault(k => k.Number == number).Read ?? throw new InvalidOperationException($"field {number} does not belong there");
            read(input);
        }
    }
}

/// <summary>A metric that arrived.</summary>
internal sealed record ReceivedMetric(string Name, string Description, string Unit, string Kind, int Temporality, bool IsMonotonic, IReadOnlyList<ReceivedPoint> Points)
{
    /// <summary>All but the times, to be compared.</summary>
    public override string ToString() =>
        $"{Name}|{Description}|{Unit}|{Kind}|{Temporality}|{IsMonotonic}\n{string.Join('\n', Points.Select(static p => "  " + p).Order(StringComparer.Ordinal))}";
}

/// <summary>A data point that arrived.</summary>
internal sealed record ReceivedPoint(
    IReadOnlyDictionary<string, string> Attributes, ulong Start, ulong Time, string Value, ulong Count, double Sum, IReadOnlyList<ulong> Buckets, IReadOnlyList<double> Bounds)
{
    /// <summary>All but the times, to be compared.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{{{string.Join(',', Attributes.Select(static a => $"{a.Key}={a.Value}"))}}} {Value} {Count} {Sum:R} [{string.Join(',', Buckets)}] [{string.Join(',', Bounds)}]");
}
