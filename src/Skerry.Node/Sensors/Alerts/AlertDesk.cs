using System.Collections.Immutable;
using System.Threading.Channels;
using Skerry.Node.Configuration;

namespace Skerry.Node.Sensors.Alerts;

/// <summary>Takes alerts from the sensor's thread and gives them to the file, the log, the post and whoever listens. It never holds the sensor back: what finds no room is counted.</summary>
internal sealed class AlertDesk : IAsyncDisposable
{
    private const int Backlog = 8192;
    private const long BacklogBytes = 16 << 20; // of JSON; an alert may be as long as the words of a command allow
    private const int ListenerBacklog = 1024;

    private readonly Channel<Alert> _queue;
    private readonly AlertFile _file;
    private readonly AlertPost? _post;
    private readonly ILogger _log;
    private readonly bool _logs;
    private readonly Task _work;
    private ImmutableArray<Channel<Alert>> _listeners = [];
    private long _dropped;
    private long _waiting; // bytes
    private long _written;
    private bool _isFileBroken;

    internal AlertDesk(GuardOptions options, string path, ILogger log)
    {
        Path = path;
        _file = new AlertFile(path, options.AlertFileMax);
        _post = options.HttpAddress is { } address ? new AlertPost(address) : null;
        (_log, _logs) = (log, options.Log);
        _queue = Channel.CreateBounded<Alert>(new BoundedChannelOptions(Backlog) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true }, Drop);
        _work = Task.Run(Work);
    }

    /// <summary>Where alerts are kept.</summary>
    internal string Path { get; }

    /// <summary>Alerts that were taken.</summary>
    internal long Written => Interlocked.Read(ref _written);

    /// <summary>Alerts that found no room.</summary>
    internal long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>The output over HTTP; null for none.</summary>
    internal AlertPost? Post => _post;

    /// <summary>Called with each alert before it goes anywhere, on a thread of the desk.</summary>
    internal Action<Alert>? Taken { get; set; }

    /// <summary>Told whether alerts can be kept, each time that one is to be.</summary>
    internal Recording.Trouble? Trouble { get; set; }

    /// <summary>Takes an alert; returns at once.</summary>
    internal void Take(Alert alert)
    {
        if (Interlocked.Add(ref _waiting, alert.Json.Length) > BacklogBytes)
        {
            Drop(alert);
            return;
        }

        _queue.Writer.TryWrite(alert);
    }

    /// <summary>Begins to listen. A listener that cannot keep up loses alerts; they are in the file.</summary>
    internal ChannelReader<Alert> Listen(CancellationToken end)
    {
        var channel = Channel.CreateBounded<Alert>(new BoundedChannelOptions(ListenerBacklog) { FullMode = BoundedChannelFullMode.DropOldest });
        ImmutableInterlocked.Update(ref _listeners, static (all, added) => all.Add(added), channel);
        end.Register(() =>
        {
            ImmutableInterlocked.Update(ref _listeners, static (all, gone) => all.Remove(gone), channel);
            channel.Writer.TryComplete();
        });
        return channel.Reader;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await Task.WhenAny(_work, Task.Delay(TimeSpan.FromSeconds(2))).ConfigureAwait(false);
        if (_post is not null)
        {
            await _post.DisposeAsync().ConfigureAwait(false);
        }

        _file.Dispose();
    }

    private async Task Work()
    {
        await foreach (var alert in _queue.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            Interlocked.Add(ref _waiting, -alert.Json.Length);
            Interlocked.Increment(ref _written);
            Taken?.Invoke(alert);
            Keep(alert);
            if (_logs)
            {
                _log.Alert(alert.Priority, alert.Rule, alert.PodName.Length > 0 ? alert.PodName : "the node", alert.Output, alert.Response.ActionName, alert.Response.Outcome);
            }

            _post?.Send(alert);
            foreach (var listener in _listeners)
            {
                listener.Writer.TryWrite(alert);
            }
        }
    }

    private void Drop(Alert alert)
    {
        Interlocked.Add(ref _waiting, -alert.Json.Length);
        Interlocked.Increment(ref _dropped);
    }

    private void Keep(Alert alert)
    {
        try
        {
            _file.Append(alert.Json);
            _isFileBroken = false;
            Trouble?.Note(null);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Interlocked.Increment(ref _dropped);
            if (!_isFileBroken)
            {
                _log.AlertFileBroken(Path, error.Message);
            }

            _isFileBroken = true;
            Trouble?.Note($"{Path}: {error.Message}");
        }
    }
}
