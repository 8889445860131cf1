using Skerry.Node.Configuration;
using Skerry.Node.Metrics;

namespace Skerry.Node.Tests.Metrics;

/// <summary>The standard variables, as the specification of OpenTelemetry has them.</summary>
public sealed class OtlpOptionsTests
{
    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://h:4318", "http://h:4318/v1/metrics")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=https://h/base/", "https://h/base/v1/metrics")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://h:4318/own;OTEL_EXPORTER_OTLP_ENDPOINT=http://other", "http://h:4318/own")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://h:4318", "http://h:4318/")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://h:4317;OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "http://h:4317/opentelemetry.proto.collector.metrics.v1.MetricsService/Export")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://h:4317;OTEL_EXPORTER_OTLP_PROTOCOL=grpc;OTEL_EXPORTER_OTLP_METRICS_PROTOCOL=http/protobuf", "http://h:4317/v1/metrics")]
    public void The_endpoint_is_where_the_specification_says(string variables, string expected) => Assert.Equal(expected, Read(variables)!.Endpoint.ToString());

    [Theory]
    [InlineData("")]
    [InlineData("OTEL_SERVICE_NAME=x")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT= ")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://h;OTEL_SDK_DISABLED=TRUE")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://h;OTEL_METRICS_EXPORTER=none")]
    public void Nothing_is_sent_without_an_endpoint_or_when_it_is_switched_off(string variables) => Assert.Null(Read(variables));

    [Fact]
    public void The_configuration_stands_above_the_environment() =>
        Assert.Equal("http://mine:1/v1/metrics", Read("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://h", "http://mine:1")!.Endpoint.ToString());

    [Fact]
    public void Times_and_headers_are_read()
    {
        var options = Read("OTEL_EXPORTER_OTLP_ENDPOINT=http://h;OTEL_METRIC_EXPORT_INTERVAL=1500;OTEL_EXPORTER_OTLP_TIMEOUT=200;OTEL_EXPORTER_OTLP_METRICS_TIMEOUT=300;OTEL_EXPORTER_OTLP_HEADERS=a=1, b=x%3Dy ,a=2")!;
        Assert.Equal((1500, 300), (options.Interval.TotalMilliseconds, options.Timeout.TotalMilliseconds));
        Assert.Equal("b=x=y a=2", string.Join(' ', options.Headers.Select(static h => $"{h.Key}={h.Value}")));
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=h:4318", "OTEL_EXPORTER_OTLP_ENDPOINT")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=file:///x", "OTEL_EXPORTER_OTLP_ENDPOINT")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://u:secret@h", "OTEL_EXPORTER_OTLP_HEADERS")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://h;OTEL_EXPORTER_OTLP_PROTOCOL=http/json", "http/protobuf")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://h;OTEL_EXPORTER_OTLP_COMPRESSION=zstd", "gzip")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://h;OTEL_EXPORTER_OTLP_HEADERS=a=1,secret", "part 2")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://h;OTEL_EXPORTER_OTLP_HEADERS=a=1%0d%0ab:secret", "part 1")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://h;OTEL_METRIC_EXPORT_INTERVAL=1", "OTEL_METRIC_EXPORT_INTERVAL")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://h;OTEL_EXPORTER_OTLP_CERTIFICATE=/ca.pem", "OTEL_EXPORTER_OTLP_CERTIFICATE")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://h;OTEL_METRICS_EXPORTER=prometheus", "metrics.address")]
    public void What_cannot_be_honoured_is_refused_without_showing_secrets(string variables, string said)
    {
        var error = Assert.Throws<ConfigurationException>(() => Read(variables));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    private static OtlpOptions? Read(string variables, string? configured = null) =>
        OtlpOptions.Read(configured, name => variables.Split(';').SingleOrDefault(v => v.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..]);
}
