using Google.Protobuf;

namespace Skerry.Node.Metrics;

/// <summary>
/// Writes measurements as an ExportMetricsServiceRequest and reads the answer (opentelemetry-proto 1.x: collector/metrics/v1,
/// metrics/v1, resource/v1, common/v1). Sums and histograms are cumulative, so a request that is lost costs a moment and no count.
/// </summary>
internal static class OtlpMessage
{
    private const int Cumulative = 2; // AggregationTemporality

    /// <summary>Most messages are smaller; the library's own default is 4096 for each.</summary>
    private const int BufferBytes = 256;

    /// <summary>The request's bytes.</summary>
    /// <param name="resource">Attributes of the sender.</param>
    /// <param name="scope">The meter.</param>
    /// <param name="version">The meter's version.</param>
    /// <param name="since">When all sums were zero.</param>
    /// <param name="now">When <paramref name="families"/> were read.</param>
    /// <param name="families">What was measured.</param>
    internal static byte[] Write(IEnumerable<KeyValuePair<string, string>> resource, string scope, string version, DateTimeOffset since, DateTimeOffset now, IReadOnlyList<MeasuredFamily> families)
    {
        var (start, time) = (Nanoseconds(since), Nanoseconds(now));
        return Message(request => Nested(request, 1 /* resource_metrics */, resourceMetrics =>
        {
            Nested(resourceMetrics, 1 /* resource */, output => Attributes(output, 1, resource));
            Nested(resourceMetrics, 2 /* scope_metrics */, scopeMetrics =>
            {
                Nested(scopeMetrics, 1 /* scope */, output =>
                {
                    Text(output, 1, scope);
                    Text(output, 2, version);
                });
                foreach (var family in families.Where(static f => f.Points.Count > 0))
                {
                    Nested(scopeMetrics, 2 /* metrics */, output => Metric(output, family, start, time));
                }
            });
        }));
    }

    /// <summary>What an ExportMetricsServiceResponse says was not taken; null when all was.</summary>
    /// <exception cref="InvalidProtocolBufferException">It is none.</exception>
    internal static string? ReadRejection(ReadOnlySpan<byte> response)
    {
        // partial_success = 1 { rejected_data_points = 1; error_message = 2 }
        var (rejected, message) = (0L, string.Empty);
        var outer = new CodedInputStream(response.ToArray());
        while (outer.ReadTag() is var tag and not 0)
        {
            if (tag != WireFormat.MakeTag(1, WireFormat.WireType.LengthDelimited))
            {
                outer.SkipLastField();
                continue;
            }

            var inner = outer.ReadBytes().CreateCodedInput();
            while (inner.ReadTag() is var field and not 0)
            {
                switch (WireFormat.GetTagFieldNumber(field))
                {
                    case 1:
                        rejected = inner.ReadInt64();
                        break;
                    case 2:
                        message = inner.ReadString();
                        break;
                    default:
                        inner.SkipLastField();
                        break;
                }
            }
        }

        return rejected > 0 ? $"{rejected} values were rejected: {message}" : null;
    }

    private static void Metric(CodedOutputStream output, MeasuredFamily family, ulong start, ulong time)
    {
        Text(output, 1, family.Name);
        Text(output, 2, family.Description);
        Text(output, 3, family.Unit);
        var field = family.Kind switch { MeasuredKind.Gauge => 5, MeasuredKind.Counter => 7, _ => 9 };
        Nested(output, field, body =>
        {
            foreach (var point in family.Points)
            {
                Nested(body, 1 /* data_points */, inner =>
                {
                    if (point.Buckets is { } buckets)
                    {
                        HistogramPoint(inner, point, buckets, start, time);
                    }
                    else
                    {
                        NumberPoint(inner, point, family, start, time);
                    }
                });
            }

            if (family.Kind != MeasuredKind.Gauge)
            {
                Tag(body, 2 /* aggregation_temporality */, WireFormat.WireType.Varint).WriteEnum(Cumulative);
            }

            if (family.Kind == MeasuredKind.Counter)
            {
                Tag(body, 3 /* is_monotonic */, WireFormat.WireType.Varint).WriteBool(true);
            }
        });
    }

    private static void NumberPoint(CodedOutputStream output, MeasuredPoint point, MeasuredFamily family, ulong start, ulong time)
    {
        if (family.Kind == MeasuredKind.Counter)
        {
            Tag(output, 2 /* start_time_unix_nano */, WireFormat.WireType.Fixed64).WriteFixed64(start);
        }

        Tag(output, 3 /* time_unix_nano */, WireFormat.WireType.Fixed64).WriteFixed64(time);
        if (family.IsInteger)
        {
            Tag(output, 6 /* as_int */, WireFormat.WireType.Fixed64).WriteSFixed64((long)point.Value);
        }
        else
        {
            Tag(output, 4 /* as_double */, WireFormat.WireType.Fixed64).WriteDouble(point.Value);
        }

        Attributes(output, 7, point.Tags);
    }

    private static void HistogramPoint(CodedOutputStream output, MeasuredPoint point, IReadOnlyList<long> buckets, ulong start, ulong time)
    {
        Tag(output, 2 /* start_time_unix_nano */, WireFormat.WireType.Fixed64).WriteFixed64(start);
        Tag(output, 3 /* time_unix_nano */, WireFormat.WireType.Fixed64).WriteFixed64(time);
        Tag(output, 4 /* count */, WireFormat.WireType.Fixed64).WriteFixed64((ulong)buckets.Sum());
        Tag(output, 5 /* sum */, WireFormat.WireType.Fixed64).WriteDouble(point.Value);
        Tag(output, 6 /* bucket_counts, packed */, WireFormat.WireType.LengthDelimited).WriteLength(buckets.Count * sizeof(ulong));
        foreach (var count in buckets)
        {
            output.WriteFixed64((ulong)count);
        }

        Tag(output, 7 /* explicit_bounds, packed */, WireFormat.WireType.LengthDelimited).WriteLength(Measurements.Bounds.Count * sizeof(double));
        foreach (var bound in Measurements.Bounds)
        {
            output.WriteDouble(bound);
        }

        Attributes(output, 9, point.Tags);
    }

    /// <summary>KeyValue { key = 1; AnyValue value = 2 { string_value = 1 } }.</summary>
    private static void Attributes(CodedOutputStream output, int field, IEnumerable<KeyValuePair<string, string>> pairs)
    {
        foreach (var (key, value) in pairs)
        {
            Nested(output, field, pair =>
            {
                Text(pair, 1, key);

                // A oneof: written also when it is empty.
                Nested(pair, 2, any => Tag(any, 1, WireFormat.WireType.LengthDelimited).WriteString(value));
            });
        }
    }

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, BufferBytes, leaveOpen: true))
        {
            write(output);
        }

        return bytes.ToArray();
    }

    private static void Nested(CodedOutputStream output, int field, Action<CodedOutputStream> write)
    {
        Tag(output, field, WireFormat.WireType.LengthDelimited).WriteBytes(UnsafeByteOperations.UnsafeWrap(Message(write)));
    }

    private static void Text(CodedOutputStream output, int field, string text)
    {
        if (text.Length > 0)
        {
            Tag(output, field, WireFormat.WireType.LengthDelimited).WriteString(text);
        }
    }

    private static CodedOutputStream Tag(CodedOutputStream output, int field, WireFormat.WireType type)
    {
        output.WriteTag(field, type);
        return output;
    }

    private static ulong Nanoseconds(DateTimeOffset time) => (ulong)(time - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
}
