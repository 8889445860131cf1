using Skerry.Node.Configuration;
using Skerry.Node.Meters;

namespace Skerry.Node.Metrics;

/// <summary>
/// Sends metrics to an OTLP receiver, each interval and once more at the end.
/// <para>
/// It never harms the node: a message is made anew for each attempt and holds sums since the start, so nothing is queued and what a receiver
/// missed is in the next message; one attempt runs at a time and ends with its timeout; while it fails, pauses double up to
/// <see cref="LongestPause"/>; the log gets one line when it begins to fail and one when it works again.
/// </para>
/// </summary>
internal sealed class OtlpExport : IAsyncDisposable
{
    /// <summary>Between attempts, while they fail; an interval that is longer stays as it is.</summary>
    internal static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    /// <summary>The last attempt may hold up the end of the daemon for so long.</summary>
    internal static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(2);

    private readonly OtlpOptions _options;
    private readonly Measurements _measurements;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly OtlpSender _sender;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<KeyValuePair<string, string>> _resource;
    private Task _sending = Task.CompletedTask;
    private int _failures;

    /// <param name="options">Where to and how.</param>
    /// <param name="measurements">What is sent; stays the caller's.</param>
    /// <param name="instance">Tells this node from others.</param>
    /// <param name="clock">Time of the intervals and of the values.</param>
    /// <param name="log">Gets a line when sending begins to fail, and when it works again.</param>
    internal OtlpExport(OtlpOptions options, Measurements measurements, string instance, TimeProvider clock, ILogger log)
    {
        _options = options;
        _measurements = measurements;
        _clock = clock;
        _log = log;
        _sender = new OtlpSender(options);

        // The names are those of the semantic conventions (opentelemetry.io/docs/specs/semconv/resource).
        _resource =
        [
            new("service.name", "skerryd"),
            new("service.version", NodeVersion.Text),
            new("service.instance.id", instance),
            new("host.name", Environment.MachineName),
        ];
        foreach (var (key, value) in options.Resource)
        {
            _resource.RemoveAll(pair => pair.Key == key);
            _resource.Add(new(key, value));
        }
    }

    /// <summary>Begins to send: the first message goes when the first interval is over.</summary>
    internal void Begin() => _sending = Task.Run(Repeat);

    /// <summary>Sends what was measured since, once, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _sending.ConfigureAwait(false);
        using var patience = new CancellationTokenSource(LastPatience, _clock);
        try
        {
            await Attempt(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            if (_failures == 0)
            {
                _log.ExportFailed(Shown, "no answer before the daemon's end");
            }
        }

        _sender.Dispose();
        _stopping.Dispose();
    }

    /// <summary>The pause before the next attempt.</summary>
    /// <param name="interval">Of a receiver that works.</param>
    /// <param name="failures">How many attempts have failed in a row.</param>
    /// <param name="later">What the receiver asked for.</param>
    internal static TimeSpan Pause(TimeSpan interval, int failures, TimeSpan? later)
    {
        var longest = interval > LongestPause ? interval : LongestPause;
        var pause = TimeSpan.FromTicks((long)Math.Min(longest.Ticks, interval.Ticks * Math.Pow(2, Math.Clamp(failures - 1, 0, 30))));
        pause = later > pause ? later.Value : pause;
        return pause > longest ? longest : pause;
    }

    /// <summary>The receiver without what may be a secret in its query.</summary>
    private string Shown => _options.Endpoint.GetLeftPart(UriPartial.Path);

    private async Task Repeat()
    {
        TimeSpan? later = null;
        try
        {
            while (true)
            {
                await Task.Delay(Pause(_options.Interval, _failures, later), _clock, _stopping.Token).ConfigureAwait(false);
                later = (await Attempt(_stopping.Token).ConfigureAwait(false))?.Later;
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The daemon ends.
        }
    }

    private async Task<OtlpRefusal?> Attempt(CancellationToken cancel)
    {
        var refusal = await Send(cancel).ConfigureAwait(false);
        if (refusal is not null && _failures++ == 0)
        {
            _log.ExportFailed(Shown, refusal.Reason);
        }
        else if (refusal is null && _failures > 0)
        {
            _log.ExportWorks(Shown, _failures);
            _failures = 0;
        }

        return refusal;
    }

    private async Task<OtlpRefusal?> Send(CancellationToken cancel)
    {
        try
        {
            var families = _measurements.Read();
            var message = OtlpMessage.Write(_resource, NodeMeters.Name, NodeVersion.Text, _measurements.Since, _clock.GetUtcNow(), families);
            return await _sender.Send(message, cancel).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // A gauge that cannot be read, an answer that nobody foresaw: an attempt has failed, and the node goes on.
            return new(error.Message, null);
        }
    }
}
