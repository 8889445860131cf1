using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using Skerry.Node.Configuration;
using Skerry.Node.Metrics;

namespace Skerry.Node.Tests.Metrics;

/// <summary>What is sent by OTLP, to a receiver that reads it by the protocol.</summary>
public sealed class OtlpExportTests
{
    private static readonly TimeSpan s_quick = TimeSpan.FromMilliseconds(20);

    [Fact]
    public async Task A_message_says_what_the_official_library_says_of_the_same_instruments()
    {
        await using var receiver = await OtlpReceiver.Start();
        using var meter = new Meter("test." + Guid.NewGuid());
        using var measurements = new Measurements(meter.Name, TimeProvider.System);
        var official = Sdk.CreateMeterProviderBuilder().AddMeter(meter.Name)
            .AddView("b.duration", new ExplicitBucketHistogramConfiguration { Boundaries = [.. Measurements.Bounds], RecordMinMax = false })
            .AddOtlpExporter((otlp, reader) =>
            {
                otlp.Endpoint = new Uri(receiver.Address + "/v1/metrics");
                otlp.Protocol = OtlpExportProtocol.HttpProtobuf;
                reader.TemporalityPreference = MetricReaderTemporalityPreference.Cumulative;
            })
            .Build();
        var counter = meter.CreateCounter<long>("a.count", description: "Counted, é.");
        counter.Add(2, new KeyValuePair<string, object?>("what", "q\"\\\n"), new KeyValuePair<string, object?>("and", ""));
        counter.Add(3, new KeyValuePair<string, object?>("what", "q\"\\\n"), new KeyValuePair<string, object?>("and", ""));
        counter.Add(1);
        var histogram = meter.CreateHistogram<double>("b.duration", "s", "Took.");
        foreach (var value in (double[])[0, 0.001, 0.0011, 0.3, 10, 10.5, 100])
        {
            histogram.Record(value);
        }

        meter.CreateObservableGauge("c.size", static () => 7L, "By", "Is.");
        meter.CreateObservableGauge("d.share", static () => new[] { new Measurement<double>(-0.25, new KeyValuePair<string, object?>("state", "x")), new Measurement<double>(1e300) });
        meter.CreateCounter<long>("e.never");
        Assert.True(official.ForceFlush(), receiver.Unreadable?.ToString());
        var theirs = await receiver.Next();
        official.Dispose();

        await using (new OtlpExport(Options(receiver), measurements, "here", TimeProvider.System, new Lines()))
        {
        }

        // The library's end sends once more; ours is the one with our instance.
        var ours = receiver.Rest().Single(static r => r.Resource.GetValueOrDefault("service.instance.id") == "here");
        Assert.Equal(Compared(theirs), Compared(ours));
        Assert.Equal(4, ours.Metrics.Count);
        Assert.All(ours.Metrics.Where(static m => m.Kind != "gauge").SelectMany(static m => m.Points), static p => Assert.True(p.Start > 0 && p.Start <= p.Time));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Messages_arrive_over_both_transports_plain_and_compressed_with_headers_and_resource(bool isGrpc, bool isCompressed)
    {
        await using var receiver = await OtlpReceiver.Start(isGrpc);
        using var meter = new Meter("test." + Guid.NewGuid());
        using var measurements = new Measurements(meter.Name, TimeProvider.System);
        var counter = meter.CreateCounter<long>("a.count");
        var options = Read(
            $"OTEL_EXPORTER_OTLP_ENDPOINT={receiver.Address}",
            $"OTEL_EXPORTER_OTLP_PROTOCOL={(isGrpc ? "grpc" : "http/protobuf")}",
            $"OTEL_EXPORTER_OTLP_COMPRESSION={(isCompressed ? "gzip" : "none")}",
            "OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20abc,x-tenant=t1",
            "OTEL_SERVICE_NAME=edge",
            "OTEL_RESOURCE_ATTRIBUTES=site=caf%C3%A9,service.name=not,host.name=mine")!;
        Assert.Equal(TimeSpan.FromSeconds(60), options.Interval);
        await using (var export = new OtlpExport(options with { Interval = s_quick }, measurements, "i1", TimeProvider.System, new Lines()))
        {
            export.Begin();
            counter.Add(5);
            Assert.Equal("int 5", (await Until(receiver, static r => r.Metric("a.count") is not null)).Metric("a.count")!.Points.Single().Value);
            counter.Add(1);
            var next = await Until(receiver, static r => r.Metric("a.count")!.Points.Single().Value == "int 6");
            Assert.Equal(("sum", 2, true), (next.Metrics[0].Kind, next.Metrics[0].Temporality, next.Metrics[0].IsMonotonic));
            Assert.Equal("edge i1 mine café", string.Join(' ', ((string[])["service.name", "service.instance.id", "host.name", "site"]).Select(key => next.Resource[key])));
            Assert.Equal(("Skerry.Node", NodeVersion.Text), (next.Scope, next.Version));
        }

        Assert.Equal(("Bearer abc", "t1"), (receiver.Headers["authorization"], receiver.Headers["x-tenant"]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_receiver_that_fails_is_said_once_and_so_is_its_return_and_no_count_is_lost(bool isGrpc)
    {
        await using var receiver = await OtlpReceiver.Start(isGrpc);
        using var meter = new Meter("test." + Guid.NewGuid());
        using var measurements = new Measurements(meter.Name, TimeProvider.System);
        var counter = meter.CreateCounter<long>("a.count");
        var lines = new Lines();
        await using var export = new OtlpExport(Options(receiver) with { IsGrpc = isGrpc, Endpoint = Read($"OTEL_EXPORTER_OTLP_ENDPOINT={receiver.Address}", $"OTEL_EXPORTER_OTLP_PROTOCOL={(isGrpc ? "grpc" : "http/protobuf")}")!.Endpoint }, measurements, "i1", TimeProvider.System, lines);
        receiver.Instead = (context, _) =>
        {
            if (isGrpc)
            {
                context.Response.ContentType = "application/grpc";
                context.Response.Headers["grpc-status"] = "14";
                context.Response.Headers["grpc-message"] = "not%0Anow";
            }
            else
            {
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            }

            return Task.CompletedTask;
        };
        export.Begin();
        var failed = await Task.Run(() => lines.Said.Take());
        Assert.Contains(isGrpc ? "gRPC status 14 not now" : "HTTP status 503", failed, StringComparison.Ordinal);
        while (receiver.Requests < 4)
        {
            counter.Add(1);
            await Task.Delay(10);
        }

        receiver.Instead = null;
        counter.Add(1);
        Assert.Contains("again", await Task.Run(() => lines.Said.Take()), StringComparison.Ordinal);
        var arrived = (await receiver.Next()).Metric("a.count")!.Points.Single();
        counter.Add(1000);
        Assert.True(long.Parse(arrived.Value[4..], CultureInfo.InvariantCulture) >= 1, arrived.Value);
        await Until(receiver, static r => long.Parse(r.Metric("a.count")!.Points.Single().Value[4..], CultureInfo.InvariantCulture) > 1000);
        Assert.Empty(lines.Said);
    }

    [Theory]
    [InlineData("redirect", "HTTP status 307")]
    [InlineData("endless", "longer than")]
    [InlineData("partial", "3 values were rejected: too old")]
    [InlineData("garbage", "")]
    public async Task A_hostile_or_unwilling_answer_is_a_failure_with_its_reason(string kind, string reason)
    {
        await using var receiver = await OtlpReceiver.Start();
        using var sender = new OtlpSender(Options(receiver));
        receiver.Instead = async (context, cancel) =>
        {
            switch (kind)
            {
                case "redirect":
                    context.Response.Redirect(receiver.Address + "/elsewhere", permanent: false, preserveMethod: true);
                    break;
                case "endless":
                    while (!context.RequestAborted.IsCancellationRequested && !cancel.IsCancellationRequested)
                    {
                        await context.Response.Body.WriteAsync(new byte[4096], cancel);
                    }

                    break;
                case "partial":
                    await context.Response.Body.WriteAsync((byte[])[10, 11, 8, 3, 18, 7, .. "too old"u8], cancel);
                    break;
                default:
                    await context.Response.Body.WriteAsync((byte[])[10, 255, 255, 255, 255, 15], cancel);
                    break;
            }
        };
        var refusal = await sender.Send([], CancellationToken.None);
        Assert.NotNull(refusal);
        Assert.Contains(reason, refusal.Reason, StringComparison.Ordinal);
        Assert.Equal(1, receiver.Requests);
    }

    [Fact]
    public async Task A_receiver_that_never_answers_holds_up_the_end_for_two_seconds_and_no_more()
    {
        await using var receiver = await OtlpReceiver.Start();
        using var measurements = new Measurements("test." + Guid.NewGuid(), TimeProvider.System);
        receiver.Instead = static (_, cancel) => Task.Delay(Timeout.Infinite, cancel).ContinueWith(static _ => { }, TaskScheduler.Default);
        var lines = new Lines();
        var export = new OtlpExport(Options(receiver) with { Timeout = TimeSpan.FromMinutes(1) }, measurements, "i1", TimeProvider.System, lines);
        export.Begin();
        while (receiver.Requests == 0)
        {
            await Task.Delay(10);
        }

        var begun = TimeProvider.System.GetTimestamp();
        await export.DisposeAsync();
        Assert.InRange(TimeProvider.System.GetElapsedTime(begun), TimeSpan.Zero, OtlpExport.LastPatience + TimeSpan.FromSeconds(3));
        Assert.Single(lines.Said);
    }

    [Fact]
    public void Pauses_double_while_it_fails_and_have_an_end()
    {
        var minute = TimeSpan.FromMinutes(1);
        Assert.Equal([1, 1, 2, 4, 5, 5], ((int[])[0, 1, 2, 3, 4, 1000]).Select(n => OtlpExport.Pause(minute, n, null).TotalMinutes));
        Assert.Equal(3, OtlpExport.Pause(minute, 1, minute * 3).TotalMinutes);
        Assert.Equal(5, OtlpExport.Pause(minute, 1, TimeSpan.FromDays(9)).TotalMinutes);
        Assert.Equal(20, OtlpExport.Pause(minute * 20, 7, null).TotalMinutes);
        Assert.Equal(60, OtlpExport.Pause(minute * 60, 1000, null).TotalMinutes);
    }

    [Fact]
    public void More_series_than_the_limit_are_counted_together()
    {
        using var meter = new Meter("test." + Guid.NewGuid());
        using var measurements = new Measurements(meter.Name, TimeProvider.System);
        var counter = meter.CreateCounter<long>("a.count");
        for (var i = 0; i < Measurements.MostSeries + 50; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("n", i));
        }

        var family = Assert.Single(measurements.Read());
        Assert.Equal(Measurements.MostSeries + 1, family.Points.Count);
        Assert.Equal(50, family.Points.Single(static p => p.Tags[0].Key == "otel.metric.overflow").Value);
    }

    private static OtlpOptions Options(OtlpReceiver receiver) => new() { Endpoint = new Uri(receiver.Address + "/v1/metrics"), Interval = s_quick };

    private static OtlpOptions? Read(params string[] variables) =>
        OtlpOptions.Read(null, name => variables.SingleOrDefault(v => v.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..]);

    private static string Compared(Received received) => string.Join('\n', received.Metrics.Select(static m => m.ToString()).Order(StringComparer.Ordinal));

    private static async Task<Received> Until(OtlpReceiver receiver, Func<Received, bool> isIt)
    {
        while (true)
        {
            var next = await receiver.Next();
            if (isIt(next))
            {
                return next;
            }
        }
    }

    private sealed class Lines : ILogger
    {
        internal BlockingCollection<string> Said { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Said.Add(formatter(state, exception));
    }
}
