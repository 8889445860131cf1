using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Skerry.Node.Configuration;

namespace Skerry.Node.Metrics;

/// <summary>
/// Serves metrics to Prometheus: <c>GET /metrics</c> on a loopback address, one answer a connection. It asks for no credentials, so no other
/// address is taken.
/// </summary>
internal sealed class MetricsDoor : IDisposable
{
    private const int MostCallers = 8;
    private const int MostHeadBytes = 8192;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _callers = new(MostCallers);
    private readonly CancellationTokenSource _stopping = new();
    private readonly TcpListener _listener;
    private readonly Measurements _measurements;

    private MetricsDoor(TcpListener listener, Measurements measurements)
    {
        _listener = listener;
        _measurements = measurements;
    }

    /// <summary>The port that is listened on.</summary>
    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Takes the address.</summary>
    /// <param name="address">HOST:PORT.</param>
    /// <param name="measurements">What is served; stays the caller's.</param>
    /// <exception cref="ConfigurationException">The address is no loopback address, or is in use.</exception>
    internal static MetricsDoor Open(string address, Measurements measurements)
    {
        var numeric = address.StartsWith("localhost:", StringComparison.Ordinal) ? "127.0.0.1" + address[9..] : address;
        if (!IPEndPoint.TryParse(numeric, out var point) || !IPAddress.IsLoopback(point.Address) || !numeric.Contains(':', StringComparison.Ordinal))
        {
            throw new ConfigurationException($"metrics.address: '{address}' is no loopback address with a port, such as 127.0.0.1:9464; metrics are served to this machine alone");
        }

        var listener = new TcpListener(point);
        try
        {
            listener.Start(MostCallers);
        }
        catch (SocketException error)
        {
            throw new ConfigurationException($"metrics.address: {address}: {error.Message}");
        }

        return new MetricsDoor(listener, measurements);
    }

    /// <summary>Begins to answer.</summary>
    internal void Serve() => _ = Task.Run(Accept);

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
            var head = await Head(stream, patience.Token).ConfigureAwait(false);
            var answer = Reply(head);
            await stream.WriteAsync(answer, patience.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The caller went away or was too slow.
        }
        finally
        {
            caller.Dispose();
            _callers.Release();
        }
    }

    private static async Task<string> Head(NetworkStream stream, CancellationToken cancel)
    {
        var head = new byte[MostHeadBytes];
        var length = 0;
        while (length < head.Length && await stream.ReadAsync(head.AsMemory(length), cancel).ConfigureAwait(false) is var read and > 0)
        {
            length += read;
            if (head.AsSpan(0, length).IndexOf("\r\n\r\n"u8) >= 0)
            {
                break;
            }
        }

        return Encoding.ASCII.GetString(head, 0, length);
    }

    private byte[] Reply(string head)
    {
        var line = head[..Math.Max(0, head.IndexOf('\r', StringComparison.Ordinal))].Split(' ');
        var (status, body) = line switch
        {
            ["GET" or "HEAD", "/metrics", _] => ("200 OK", PrometheusText.Write(_measurements.Read())),
            ["GET" or "HEAD", _, _] => ("404 Not Found", "metrics are at /metrics\n"),
            _ => ("400 Bad Request", "GET /metrics\n"),
        };
        var bytes = Encoding.UTF8.GetBytes(body);
        var reply = string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: {bytes.Length}\r\nConnection: close\r\n\r\n");
        return line[0] == "HEAD" ? Encoding.ASCII.GetBytes(reply) : [.. Encoding.ASCII.GetBytes(reply), .. bytes];
    }
}
