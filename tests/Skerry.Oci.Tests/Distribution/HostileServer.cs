using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Skerry.Oci.Tests.Distribution;

/// <summary>A request as it came over the wire.</summary>
internal sealed record Heard(string Method, string Target, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Path => Target.Split('?')[0];

    public string? Header(string name) => Headers.GetValueOrDefault(name);
}

/// <summary>An HTTP server whose answers are written byte by byte by the test, so that it can lie, stall and break.</summary>
internal sealed class HostileServer : IDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<Heard, Answer, Task> _script;

    public HostileServer(Func<Heard, Answer, Task> script, string address = "127.0.0.1")
    {
        _script = script;
        _listener = new TcpListener(IPAddress.Parse(address), 0);
        _listener.Start();
        Host = $"{address}:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _ = Task.Run(AcceptAsync);
    }

    public string Host { get; }

    public ConcurrentQueue<Heard> Heard { get; } = new();

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = Task.Run(() => ServeAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                if (await ReadAsync(stream) is { } heard)
                {
                    Heard.Enqueue(heard);
                    await _script(heard, new Answer(stream, _stop.Token));
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
            {
            }
        }
    }

    private static async Task<Heard?> ReadAsync(NetworkStream stream)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (!(head.Count >= 4 && head[^4] == '\r' && head[^3] == '\n' && head[^2] == '\r' && head[^1] == '\n'))
        {
            if (await stream.ReadAsync(one) == 0)
            {
                return null;
            }

            head.Add(one[0]);
            if (head[0] == 0x16)
            {
                // TLS where plain HTTP is spoken: answered as Go's server does
                await stream.WriteAsync("HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTPS request to an HTTP server.\n"u8.ToArray());
                return null;
            }
        }

        var lines = Encoding.Latin1.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var first = lines[0].Split(' ');
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines.Skip(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            headers[line[..colon]] = line[(colon + 1)..].Trim();
        }

        var body = new byte[headers.TryGetValue("Content-Length", out var length) ? int.Parse(length, System.Globalization.CultureInfo.InvariantCulture) : 0];
        await stream.ReadExactlyAsync(body);
        return new Heard(first[0], first[1], headers, body);
    }
}

/// <summary>How a script answers; every connection is closed after one answer.</summary>
internal sealed class Answer(NetworkStream stream, CancellationToken stop)
{
    public Task RawAsync(string latin1) => RawAsync(Encoding.Latin1.GetBytes(latin1));

    public Task RawAsync(byte[] bytes) => stream.WriteAsync(bytes).AsTask();

    public Task SendAsync(int status, byte[] body, params string[] headers) => SendAsync(status, body, body.Length, headers);

    public Task SendAsync(int status, string body, params string[] headers) => SendAsync(status, Encoding.UTF8.GetBytes(body), headers);

    /// <summary>Promises <paramref name="length"/> bytes, whatever the body has; -1 promises nothing.</summary>
    public async Task SendAsync(int status, byte[] body, long length, params string[] headers)
    {
        await RawAsync($"HTTP/1.1 {status} X\r\nConnection: close\r\n{(length >= 0 ? $"Content-Length: {length}\r\n" : "")}{string.Concat(headers.Select(h => h + "\r\n"))}\r\n");
        await RawAsync(body);
    }

    /// <summary>Stays silent until the test is over.</summary>
    public Task StallAsync() => Task.Delay(Timeout.Infinite, stop);
}
