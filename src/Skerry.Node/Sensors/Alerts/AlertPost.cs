using System.Net.Http.Headers;
using System.Threading.Channels;

namespace Skerry.Node.Sensors.Alerts;

/// <summary>Posts alerts as Falco's http_output does, one a request, so that Falcosidekick takes them. A receiver that is slow or away costs alerts of this output alone; they are counted.</summary>
internal sealed class AlertPost : IAsyncDisposable
{
    private const int Backlog = 1024;
    private const long BacklogBytes = 8 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = Patience };
    private readonly Channel<Alert> _queue;
    private readonly Uri _address;
    private readonly Task _work;
    private long _dropped;
    private long _waiting; // bytes

    internal AlertPost(string address)
    {
        _address = new Uri(address);
        _queue = Channel.CreateBounded<Alert>(new BoundedChannelOptions(Backlog) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true }, Drop);
        _work = Task.Run(Work);
    }

    /// <summary>Alerts that were not delivered.</summary>
    internal long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Why the last delivery failed; null where it did not.</summary>
    internal string? Failure { get; private set; }

    /// <summary>Queues an alert.</summary>
    internal void Send(Alert alert)
    {
        if (Interlocked.Add(ref _waiting, alert.Json.Length) > BacklogBytes)
        {
            Drop(alert);
            return;
        }

        _queue.Writer.TryWrite(alert);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await Task.WhenAny(_work, Task.Delay(Patience)).ConfigureAwait(false);
        _client.Dispose();
    }

    private void Drop(Alert alert)
    {
        Interlocked.Add(ref _waiting, -alert.Json.Length);
        Interlocked.Increment(ref _dropped);
    }

    private async Task Work()
    {
        await foreach (var alert in _queue.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            Interlocked.Add(ref _waiting, -alert.Json.Length);
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, _address) { Content = new ByteArrayContent(alert.Json) };
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).ConfigureAwait(false); // what it says is not read
                answer.EnsureSuccessStatusCode();
                Failure = null;
            }
            catch (Exception error) when (error is HttpRequestException or OperationCanceledException or ObjectDisposedException)
            {
                Failure = error.Message;
                Interlocked.Increment(ref _dropped);
            }
        }
    }
}
