using Skerry.Node.Configuration;
using Skerry.Node.Meters;
using Skerry.Node.Reconcile;

namespace Skerry.Node.Metrics;

/// <summary>What was measured and those who get it: Prometheus, which asks, and an OTLP receiver, which is sent it.</summary>
internal sealed class NodeMetrics : IAsyncDisposable
{
    private readonly Measurements _measurements;
    private readonly MetricsDoor? _door;
    private readonly OtlpOptions? _otlp;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private OtlpExport? _export;

    private NodeMetrics(Measurements measurements, MetricsDoor? door, OtlpOptions? otlp, TimeProvider clock, ILogger log)
    {
        _measurements = measurements;
        _door = door;
        _otlp = otlp;
        _clock = clock;
        _log = log;
    }

    /// <summary>Begins to measure; null, and nothing is made, where nobody is to get it.</summary>
    /// <exception cref="ConfigurationException">An address cannot be used.</exception>
    internal static NodeMetrics? Open(NodeOptions options, TimeProvider clock, ILogger log)
    {
        var otlp = OtlpOptions.Read(options.OtlpEndpoint, Environment.GetEnvironmentVariable);
        if (options.MetricsAddress is null && otlp is null)
        {
            return null;
        }

        var measurements = new Measurements(NodeMeters.Name, clock);
        try
        {
            return new NodeMetrics(measurements, options.MetricsAddress is { } address ? MetricsDoor.Open(address, measurements) : null, otlp, clock, log);
        }
        catch (ConfigurationException)
        {
            measurements.Dispose();
            throw;
        }
    }

    /// <summary>Offers the gauges of a node that has started, and begins to answer and to send.</summary>
    internal void Begin(NodeRooms rooms)
    {
        NodeGauges.Offer(rooms);
        _door?.Serve();
        if (_otlp is not null)
        {
            _export = new OtlpExport(_otlp, _measurements, rooms.Instance, _clock, _log);
            _export.Begin();
        }
    }

    /// <summary>Sends the last values, while the node is still there to be asked, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_export is not null)
        {
            await _export.DisposeAsync().ConfigureAwait(false);
        }

        _door?.Dispose();
        _measurements.Dispose();
    }
}
