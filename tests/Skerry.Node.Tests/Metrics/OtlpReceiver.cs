using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.IO.Compression;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Skerry.Node.Tests.Metrics;

/// <summary>An OTLP receiver on loopback, over HTTP or gRPC, that keeps what it is sent.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly bool _isGrpc;
    private readonly CancellationTokenSource _stopping = new();
    private readonly BlockingCollection<Received> _received = [];

    private OtlpReceiver(WebApplication app, bool isGrpc)
    {
        _app = app;
        _isGrpc = isGrpc;
    }

    /// <summary>http://127.0.0.1:PORT.</summary>
    internal string Address => _app.Urls.Single();

    /// <summary>Answers this instead of taking a message; null: takes it. May hang.</summary>
    internal Func<HttpContext, CancellationToken, Task>? Instead { get; set; }

    /// <summary>Why the last message could not be read.</summary>
    internal Exception? Unreadable { get; private set; }

    /// <summary>Requests so far, taken or not.</summary>
    internal int Requests { get; private set; }

    /// <summary>Headers of the last request.</summary>
    internal IReadOnlyDictionary<string, string> Headers { get; private set; } = new Dictionary<string, string>();

    internal static async Task<OtlpReceiver> Start(bool isGrpc = false, int port = 0)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(
            global::System.Net.IPAddress.Loopback, port, listen => listen.Protocols = isGrpc ? HttpProtocols.Http2 : HttpProtocols.Http1));
        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        var app = builder.Build();
        var receiver = new OtlpReceiver(app, isGrpc);
        app.Run(receiver.Take);
        await app.StartAsync();
        return receiver;
    }

    /// <summary>The next message.</summary>
    internal Task<Received> Next(int seconds = 30) => Task.Run(() =>
        _received.TryTake(out var next, TimeSpan.FromSeconds(seconds)) ? next : throw new TimeoutException($"nothing was sent within {seconds} s"));

    /// <summary>All that came and was not taken yet.</summary>
    internal List<Received> Rest()
    {
        List<Received> rest = [];
        while (_received.TryTake(out var next))
        {
            rest.Add(next);
        }

        return rest;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _received.Dispose();
        _stopping.Dispose();
    }

    private async Task Take(HttpContext context)
    {
        Requests++;
        var request = context.Request;
        Headers = request.Headers.ToDictionary(static h => h.Key, static h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        if (Instead is { } instead)
        {
            await instead(context, _stopping.Token);
            return;
        }

        using var memory = new MemoryStream();
        await request.Body.CopyToAsync(memory, _stopping.Token);
        var body = memory.ToArray();
        var expected = _isGrpc ? ("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", "application/grpc") : ("/v1/metrics", "application/x-protobuf");
        if (request.Method != "POST" || request.Path != expected.Item1 || request.ContentType != expected.Item2)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var isPacked = request.Headers.ContentEncoding == "gzip";
        if (_isGrpc)
        {
            isPacked = body[0] == 1;
            Assert.Equal(isPacked, request.Headers["grpc-encoding"] == "gzip");
            Assert.Equal(body.Length - 5, BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(1)));
            body = body[5..];
        }

        try
        {
            _received.Add(Received.Decode(isPacked ? Unpack(body) : body));
        }
        catch (Exception error)
        {
            Unreadable = error;
            throw;
        }

        context.Response.ContentType = expected.Item2;
        if (_isGrpc)
        {
            context.Response.DeclareTrailer("grpc-status");
            await context.Response.Body.WriteAsync(new byte[5], _stopping.Token);
            context.Response.AppendTrailer("grpc-status", "0");
        }
    }

    private static byte[] Unpack(byte[] body)
    {
        using var plain = new MemoryStream();
        using var gzip = new GZipStream(new MemoryStream(body), CompressionMode.Decompress);
        gzip.CopyTo(plain);
        return plain.ToArray();
    }
}
