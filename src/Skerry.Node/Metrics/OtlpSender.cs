using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using Google.Protobuf;

namespace Skerry.Node.Metrics;

/// <summary>
/// Posts one message to an OTLP receiver, over HTTP or gRPC (opentelemetry.io/docs/specs/otlp). It follows no redirect, because headers may
/// be credentials; it reads no more of an answer than <see cref="MostAnswerBytes"/>.
/// </summary>
internal sealed class OtlpSender : IDisposable
{
    private const int MostAnswerBytes = 16 << 10;
    private const int MostReasonCharacters = 300;

    /// <summary>gRPC's frame: one byte that says whether it is compressed, and the length (PROTOCOL-HTTP2.md, Length-Prefixed-Message).</summary>
    private const int FrameBytes = 5;

    private readonly OtlpOptions _options;
    private readonly HttpMessageInvoker _http;

    internal OtlpSender(OtlpOptions options)
    {
        _options = options;
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxResponseHeadersLength = 16, // KiB
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(5), // an idle node keeps no connection and no timer of one
        });
    }

    /// <summary>Sends a message: null when it was taken, else why not.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; a receiver that only is slow is a reason.</exception>
    internal async Task<OtlpRefusal?> Send(byte[] message, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(_options.Timeout);
        try
        {
            using var request = Request(message);
            using var response = await _http.SendAsync(request, patience.Token).ConfigureAwait(false);
            var body = await Body(response, patience.Token).ConfigureAwait(false);
            return response.StatusCode != HttpStatusCode.OK
                ? new(string.Create(CultureInfo.InvariantCulture, $"HTTP status {(int)response.StatusCode}"), Later(response))
                : Reason(response, body) is { } reason ? new(reason, null) : null;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new(string.Create(CultureInfo.InvariantCulture, $"no answer within {_options.Timeout.TotalSeconds:0.#} s"), null);
        }
        catch (Exception error) when (error is HttpRequestException or IOException or AuthenticationException or InvalidProtocolBufferException)
        {
            return new(Plain(error.InnerException is { } inner && error is HttpRequestException ? $"{error.Message} {inner.Message}" : error.Message), null);
        }
    }

    public void Dispose() => _http.Dispose();

    private HttpRequestMessage Request(byte[] message)
    {
        var body = _options.IsCompressed ? Compress(message) : message;
        var request = new HttpRequestMessage(HttpMethod.Post, _options.Endpoint) { Content = new ByteArrayContent(_options.IsGrpc ? Framed(body) : body) };
        var type = "application/x-protobuf";
        if (_options.IsGrpc)
        {
            type = "application/grpc";
            request.Version = HttpVersion.Version20;
            request.VersionPolicy = HttpVersionPolicy.RequestVersionExact; // without TLS: by prior knowledge
            request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        }

        if (_options.IsCompressed)
        {
            if (_options.IsGrpc)
            {
                request.Headers.Add("grpc-encoding", "gzip");
            }
            else
            {
                request.Content.Headers.ContentEncoding.Add("gzip");
            }
        }

        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        request.Headers.TryAddWithoutValidation("User-Agent", "skerryd/" + Configuration.NodeVersion.Text);
        foreach (var (name, value) in _options.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    private byte[] Framed(byte[] body)
    {
        var framed = new byte[FrameBytes + body.Length];
        framed[0] = _options.IsCompressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), body.Length);
        body.CopyTo(framed, FrameBytes);
        return framed;
    }

    private static byte[] Compress(byte[] message)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(message);
        }

        return packed.ToArray();
    }

    private static async Task<byte[]> Body(HttpResponseMessage response, CancellationToken cancel)
    {
        var stream = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var body = new byte[MostAnswerBytes + 1];
            var length = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancel).ConfigureAwait(false);
            return length <= MostAnswerBytes ? body[..length] : throw new IOException($"the answer is longer than {MostAnswerBytes} bytes");
        }
    }

    /// <summary>Why a message was not taken though the transport worked; null when it was.</summary>
    private string? Reason(HttpResponseMessage response, byte[] body)
    {
        if (!_options.IsGrpc)
        {
            return OtlpMessage.ReadRejection(body) is { } rejected ? Plain(rejected) : null;
        }

        // In the trailers; in the headers when there is no body.
        var status = First(response.TrailingHeaders, "grpc-status") ?? First(response.Headers, "grpc-status");
        if (status != "0")
        {
            var message = First(response.TrailingHeaders, "grpc-message") ?? First(response.Headers, "grpc-message");
            return Plain($"gRPC status {status ?? "missing"} {Uri.UnescapeDataString(message ?? string.Empty)}".TrimEnd());
        }

        return body.Length > FrameBytes && body[0] == 0 && OtlpMessage.ReadRejection(body.AsSpan(FrameBytes)) is { } rejection ? Plain(rejection) : null;
    }

    private static string? First(HttpHeaders headers, string name) => headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    /// <summary>When the receiver wants to be asked again (RFC 9110, 10.2.3), where it says so in seconds.</summary>
    private static TimeSpan? Later(HttpResponseMessage response) => response.Headers.RetryAfter?.Delta;

    /// <summary>A stranger's words for a log line.</summary>
    private static string Plain(string text) =>
        new([.. text.Take(MostReasonCharacters).Select(static c => char.IsControl(c) ? ' ' : c)]);
}
