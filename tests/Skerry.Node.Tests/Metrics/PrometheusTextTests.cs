using System.Diagnostics.Metrics;
using Skerry.Node.Configuration;
using Skerry.Node.Metrics;

namespace Skerry.Node.Tests.Metrics;

public sealed class PrometheusTextTests
{
    [Fact]
    public void Counters_gauges_and_histograms_are_written_as_Prometheus_reads_them()
    {
        using var meter = new Meter("test." + Guid.NewGuid());
        using var measurements = new Measurements(meter.Name, TimeProvider.System);
        var counter = meter.CreateCounter<long>("a.count", description: "Counted.");
        counter.Add(2, new KeyValuePair<string, object?>("what", "q\"\\\n"));
        counter.Add(3, new KeyValuePair<string, object?>("what", "q\"\\\n"));
        var histogram = meter.CreateHistogram<double>("b.duration", "s", "Took.");
        histogram.Record(0.001);
        histogram.Record(0.3);
        histogram.Record(100);
        meter.CreateObservableGauge("c.size", static () => 7L, "By", "Is.");

        var written = PrometheusText.Write(measurements.Read());
        Assert.Contains("# HELP a_count_total Counted.\n# TYPE a_count_total counter\na_count_total{what=\"q\\\"\\\\\\n\"} 5\n", written, StringComparison.Ordinal);
        Assert.Contains("b_duration_seconds_bucket{le=\"0.001\"} 1\n", written, StringComparison.Ordinal);
        Assert.Contains("b_duration_seconds_bucket{le=\"0.25\"} 1\n", written, StringComparison.Ordinal);
        Assert.Contains("b_duration_seconds_bucket{le=\"0.5\"} 2\n", written, StringComparison.Ordinal);
        Assert.Contains("b_duration_seconds_bucket{le=\"+Inf\"} 3\n", written, StringComparison.Ordinal);
        Assert.Contains("b_duration_seconds_count 3\n", written, StringComparison.Ordinal);
        Assert.Contains("# TYPE c_size_bytes gauge\nc_size_bytes 7\n", written, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.0.0.0:9464")]
    [InlineData("192.0.2.1:9464")]
    [InlineData("9464")]
    [InlineData("example.org:9464")]
    public void An_address_that_others_reach_is_refused(string address)
    {
        using var measurements = new Measurements("none", TimeProvider.System);
        Assert.Throws<ConfigurationException>(() => MetricsDoor.Open(address, measurements).Dispose());
    }

    [Fact]
    public async Task Metrics_are_served_at_their_path_alone()
    {
        using var measurements = new Measurements("none", TimeProvider.System);
        using var door = MetricsDoor.Open("127.0.0.1:0", measurements);
        door.Serve();
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{door.Port}") };
        using var answer = await client.GetAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode);
        Assert.Equal("text/plain", answer.Content.Headers.ContentType!.MediaType);
        using var other = await client.GetAsync(new Uri("/other", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, other.StatusCode);
    }

    [Fact]
    public void The_proportional_set_size_is_read_in_bytes()
    {
        Assert.Equal(2048, NodeGauges.ParsePss("x\nRss:   9 kB\nPss:               2 kB\nPss_Anon: 5 kB\n"));
        Assert.Equal(0, NodeGauges.ParsePss(""));
    }
}
