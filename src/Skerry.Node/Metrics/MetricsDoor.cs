using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Skerry.Node.Configuration;
using Skerry.Node.Doors;

namespace Skerry.Node.Metrics;

/// <summary>
/// Serves metrics to Prometheus: <c>GET /metrics</c> on a loopback address. It asks for no credentials, so no other
/// address is taken.
/// </summary>
internal sealed class MetricsDoor : IDisposable
{
    private const int MostHeadBytes = 8192;

    private readonly Measurements _measurements;
    private readonly LoopbackDoor _door;

    private MetricsDoor(IPEndPoint point, Measurements measurements)
    {
        _measurements = measurements;
        _door = LoopbackDoor.Open("metrics.address", point, Answer);
    }

    /// <summary>The port that is listened on.</summary>
    internal int Port => _door.Port;

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

        return new MetricsDoor(point, measurements);
    }

    /// <summary>Begins to answer.</summary>
    internal void Serve() => _door.Serve();

    public void Dispose() => _door.Dispose();

    private async Task Answer(NetworkStream stream, CancellationToken cancel) =>
        await stream.WriteAsync(Reply(await Head(stream, cancel).ConfigureAwait(false)), cancel).ConfigureAwait(false);

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
