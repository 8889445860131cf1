using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Skerry.System.Tests.Nodes;

/// <summary>Stands before the test registry: passes requests on, as slowly as it is told, and remembers which bytes of which blob were asked for.</summary>
internal sealed class SlowRegistry : IAsyncDisposable
{
    private const int Chunk = 32 * 1024;

    private readonly HttpListener _listener = new();
    private readonly HttpClient _registry = new(new SocketsHttpHandler { UseProxy = false, AutomaticDecompression = DecompressionMethods.None });
    private readonly string _target;
    private readonly Task _loop;
    private long _blobBytes;

    private SlowRegistry(string target)
    {
        _target = target;
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Host = $"127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}";
        }

        _listener.Prefixes.Add($"http://{Host}/");
        _listener.Start();
        _loop = Loop();
    }

    /// <summary>HOST:PORT.</summary>
    internal string Host { get; }

    /// <summary>How long each 32 KiB of a blob take.</summary>
    internal TimeSpan Pause { get; set; }

    /// <summary>Digest of each blob that was asked for and the byte from which on, in order.</summary>
    internal ConcurrentQueue<(string Digest, long From)> Asked { get; } = new();

    /// <summary>Bytes of blobs that were handed out.</summary>
    internal long BlobBytes => Interlocked.Read(ref _blobBytes);

    internal static async Task<SlowRegistry> StartAsync() => new(await TestRegistry.Host());

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _loop;
        _registry.Dispose();
    }

    private async Task Loop()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            _ = Answer(context);
        }
    }

    private async Task Answer(HttpListenerContext context)
    {
        try
        {
            var path = context.Request.RawUrl!;
            using var request = new HttpRequestMessage(new HttpMethod(context.Request.HttpMethod), $"http://{_target}{path}");
            foreach (var name in (string[])["Accept", "Range"])
            {
                if (context.Request.Headers.GetValues(name) is { } values)
                {
                    request.Headers.TryAddWithoutValidation(name, values);
                }
            }

            bool blob = path.Contains("/blobs/", StringComparison.Ordinal) && context.Request.HttpMethod == "GET";
            if (blob)
            {
                Asked.Enqueue((path[(path.LastIndexOf('/') + 1)..], request.Headers.Range?.Ranges.First().From ?? 0));
            }

            using var response = await _registry.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            context.Response.StatusCode = (int)response.StatusCode;
            foreach (var (name, values) in response.Headers.Concat(response.Content.Headers))
            {
                if (name is "Content-Type" or "Docker-Content-Digest" or "Content-Range" or "Docker-Distribution-Api-Version" or "Accept-Ranges")
                {
                    context.Response.Headers[name] = string.Join(',', values);
                }
            }

            if (response.Content.Headers.ContentLength is { } length)
            {
                context.Response.ContentLength64 = length;
            }

            await using var content = await response.Content.ReadAsStreamAsync();
            var buffer = new byte[Chunk];
            while (context.Request.HttpMethod != "HEAD" && await content.ReadAsync(buffer) is var n and > 0)
            {
                if (blob)
                {
                    Interlocked.Add(ref _blobBytes, n);
                    await Task.Delay(Pause);
                }

                await context.Response.OutputStream.WriteAsync(buffer.AsMemory(0, n));
                await context.Response.OutputStream.FlushAsync();
            }

            context.Response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or IOException or HttpRequestException or ObjectDisposedException or InvalidOperationException)
        {
            // Who asked was killed.
            context.Response.Abort();
        }
    }
}
