using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Skerry.Guard.Alerts;
using Skerry.Node.Configuration;

namespace Skerry.Node.Sensors.Falco;

/// <summary>
/// Takes what a Falco on this machine posts by its <c>http_output</c>, on a loopback address, one alert a connection. The path is the secret: with
/// another nothing is read, and nothing but a number tells of it.
/// </summary>
internal sealed class FalcoDoor : IDisposable
{
    private const int MostCallers = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _callers = new(MostCallers);
    private readonly CancellationTokenSource _stopping = new();
    private readonly TcpListener _listener;
    private readonly string _path;
    private readonly Action<FalcoAlert> _take;
    private long _refused;

    /// <param name="address">Where to listen.</param>
    /// <param name="take">Takes an alert; returns at once.</param>
    /// <exception cref="ConfigurationException">The address cannot be listened on.</exception>
    internal FalcoDoor(FalcoAddress address, Action<FalcoAlert> take)
    {
        (_path, _take) = (address.Path, take);
        _listener = new TcpListener(address.Point);
        try
        {
            _listener.Start(MostCallers);
        }
        catch (SocketException error)
        {
            _listener.Dispose();
            throw new ConfigurationException($"guard.falco: {address.Point}: {error.Message}");
        }

        _ = Task.Run(Accept);
    }

    /// <summary>Requests that were no alert.</summary>
    internal long Refused => Interlocked.Read(ref _refused);

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Cancel();
        _listener.Dispose();
    }

    private async Task Accept()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await _callers.WaitAsync(_stopping.Token).ConfigureAwait(false);
                _ = Answer(await _listener.AcceptTcpClientAsync(_stopping.Token).ConfigureAwait(false));
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                _callers.Release(); // the caller went before it was taken
            }
        }
    }

    private async Task Answer(TcpClient caller)
    {
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            patience.CancelAfter(Patience);
            var stream = caller.GetStream();
            var (body, status, why) = await FalcoRequest.Read(stream, _path, patience.Token).ConfigureAwait(false);
            try
            {
                if (body is not null)
                {
                    _take(FalcoAlert.Parse(body));
                }
            }
            catch (FormatException error)
            {
                (status, why) = ("400 Bad Request", error.Message);
            }

            if (why.Length > 0)
            {
                Interlocked.Increment(ref _refused);
                why += "\n";
            }

            var text = Encoding.UTF8.GetBytes(why);
            var head = string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {text.Length}\r\nConnection: close\r\n\r\n");
            await stream.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. text], patience.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException)
        {
            Interlocked.Increment(ref _refused); // cut off, or too slow
        }
        finally
        {
            caller.Dispose();
            _callers.Release();
        }
    }
}
