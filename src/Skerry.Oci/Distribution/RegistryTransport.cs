using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Skerry.Oci.Distribution;

/// <summary>What is sent: the same for each hop of a redirect.</summary>
internal sealed record Outgoing(HttpMethod Method, Uri Uri, string Endpoint)
{
    public IReadOnlyList<string> Accept { get; init; } = [];
    public RangeHeaderValue? Range { get; init; }
    public Func<HttpContent>? Content { get; init; }
}

/// <summary>HTTP as registries need it: deadlines, and redirects that cannot be turned against the node or its credentials.</summary>
/// <remarks>
/// Redirects are followed for GET and HEAD only, five at most, never from HTTPS to a host that is not named as plain HTTP. Credentials
/// go to the first host only. Once a registry with a public address sends us elsewhere, that must be public too; names are resolved
/// here and the very address that was judged is connected to, by a connection pool of its own.
/// </remarks>
internal sealed class RegistryTransport : IDisposable
{
    private const int MaxRedirects = 5;

    private readonly RegistryOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpMessageInvoker _direct;
    private readonly HttpMessageInvoker _guarded;
    private readonly X509Certificate2Collection _authorities = [];
    private readonly ConcurrentDictionary<string, bool> _isPrivate = new(StringComparer.OrdinalIgnoreCase);

    public RegistryTransport(RegistryOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        foreach (var file in options.CaFiles)
        {
            _authorities.ImportFromPemFile(file);
        }

        _direct = new HttpMessageInvoker(Handler(guarded: false));
        _guarded = new HttpMessageInvoker(Handler(guarded: true));
    }

    /// <summary>Sends and follows redirects; the answer is of any status but a redirect.</summary>
    /// <exception cref="RegistryException">No answer, or an unsafe one.</exception>
    /// <param name="step">For errors.</param>
    /// <param name="outgoing">What to send, and where first.</param>
    /// <param name="authorization">For the first host only.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <param name="sentBy">The host that sent us there (a registry to its token server); null when we chose it.</param>
    public async Task<HttpResponseMessage> SendAsync(string step, Outgoing outgoing, AuthenticationHeaderValue? authorization, CancellationToken cancellationToken, string? sentBy = null)
    {
        var uri = outgoing.Uri;
        var origin = sentBy ?? Authority(uri);
        for (var hop = 0; ; hop++)
        {
            CheckHost(step, uri);
            var invoker = Authority(uri) == origin || _isPrivate.GetValueOrDefault(origin) ? _direct : Guarded(step, uri);
            var response = await HopAsync(step, outgoing, uri, authorization, invoker, cancellationToken).ConfigureAwait(false);
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308) || (outgoing.Method != HttpMethod.Get && outgoing.Method != HttpMethod.Head))
            {
                return response;
            }

            using (response)
            {
                if (hop == MaxRedirects)
                {
                    throw new RegistryException(step, RegistryFailure.Protocol, $"more than {MaxRedirects} redirects", uri.Host);
                }

                var next = Next(step, uri, response.Headers.Location);
                authorization = Authority(next) == Authority(uri) && next.Scheme == uri.Scheme ? authorization : null;
                uri = next;
            }
        }
    }

    /// <summary>Refuses an address that a registry gave us when going there is not allowed.</summary>
    public void CheckScheme(string step, Uri uri)
    {
        if (uri.Scheme != Uri.UriSchemeHttps && !(uri.Scheme == Uri.UriSchemeHttp && _options.PlainHttp.Contains(Authority(uri))))
        {
            throw new RegistryException(step, RegistryFailure.Unsafe, $"it sends us to {Show(uri)}, which is not HTTPS and not named as plain HTTP", uri.Host);
        }
    }

    public void Dispose()
    {
        _direct.Dispose();
        _guarded.Dispose();
    }

    /// <summary>host, with the port where it is not the scheme's own: as in image references.</summary>
    public static string Authority(Uri uri) => uri.IsDefaultPort ? uri.Host : $"{uri.Host}:{uri.Port}";

    private async Task<HttpResponseMessage> HopAsync(string step, Outgoing outgoing, Uri uri, AuthenticationHeaderValue? authorization, HttpMessageInvoker invoker, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(outgoing.Method, uri) { Version = HttpVersion.Version11, Content = outgoing.Content?.Invoke() };
        request.Headers.TryAddWithoutValidation("User-Agent", _options.UserAgent);
        request.Headers.Authorization = authorization;
        request.Headers.Range = outgoing.Range;
        foreach (var type in outgoing.Accept)
        {
            request.Headers.TryAddWithoutValidation("Accept", type);
        }

        using var deadline = new CancellationTokenSource(_options.AnswerTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        if (request.Content is UploadContent upload)
        {
            upload.Moved = () => deadline.CancelAfter(_options.AnswerTimeout);
        }

        try
        {
            return await invoker.SendAsync(request, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RegistryException(step, RegistryFailure.Timeout, deadline.IsCancellationRequested
                ? $"no answer within {_options.AnswerTimeout.TotalSeconds:0.###} s"
                : $"cannot connect within {_options.ConnectTimeout.TotalSeconds:0.###} s", Authority(uri), e);
        }
        catch (HttpRequestException e) when (Inner<RegistryException>(e) is { } unsafeAddress)
        {
            throw new RegistryException(step, unsafeAddress.Failure, unsafeAddress.Reason, Authority(uri), e);
        }
        catch (HttpRequestException e)
        {
            throw new RegistryException(step, RegistryFailure.Unreachable, Reason(e, uri), Authority(uri), e);
        }
        catch (IOException e)
        {
            throw new RegistryException(step, RegistryFailure.Unreachable, e.Message, Authority(uri), e);
        }
    }

    private Uri Next(string step, Uri from, Uri? location)
    {
        if (location is null || !Uri.TryCreate(from, location, out var next) || next.UserInfo.Length > 0 || next.Host.Length == 0)
        {
            throw new RegistryException(step, RegistryFailure.Protocol, "a redirect without a usable Location", from.Host);
        }

        CheckScheme(step, next);
        return next;
    }

    /// <summary>Refuses a name in other letters that has no form which name servers know (RFC 5890): it is looked for only when the name is used.</summary>
    private static void CheckHost(string step, Uri uri)
    {
        try
        {
            _ = uri.IdnHost;
        }
        catch (UriFormatException e)
        {
            throw new RegistryException(step, RegistryFailure.Protocol, $"{Show(uri)} names no host that can be asked for: {e.Message}", uri.Host, e);
        }
    }

    private HttpMessageInvoker Guarded(string step, Uri uri)
    {
        // by name or number, before a proxy could resolve it for us
        if ((IPAddress.TryParse(uri.DnsSafeHost, out var address) && !_options.IsPublicAddress(address))
            || uri.Host is "localhost" || uri.Host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase))
        {
            throw Private(step, uri.Host);
        }

        return _guarded;
    }

    private static RegistryException Private(string step, string host) => new(step, RegistryFailure.Unsafe,
        $"a public registry sends us to {host}, a loopback, link-local or private address", host);

    private SocketsHttpHandler Handler(bool guarded)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = _options.UseProxy,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = _options.ConnectTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            MaxResponseHeadersLength = 64, // KiB
            ConnectCallback = (context, cancellationToken) => ConnectAsync(context, guarded, cancellationToken),
        };
        if (_authorities.Count > 0)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = Validate;
        }

        return handler;
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, bool guarded, CancellationToken cancellationToken)
    {
        var target = context.DnsEndPoint;
        var uri = context.InitialRequestMessage.RequestUri!;
        var isProxy = !string.Equals(uri.IdnHost.Trim('[', ']'), target.Host.Trim('[', ']'), StringComparison.OrdinalIgnoreCase) || uri.Port != target.Port;
        var addresses = IPAddress.TryParse(target.Host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(target.Host, cancellationToken).ConfigureAwait(false);
        if (guarded && !isProxy)
        {
            addresses = [.. addresses.Where(_options.IsPublicAddress)];
            if (addresses.Length == 0)
            {
                throw Private("connect", target.Host);
            }
        }

        Exception? last = null;
        foreach (var address in addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(address, target.Port, cancellationToken).ConfigureAwait(false);
                if (!isProxy)
                {
                    _isPrivate[Authority(uri)] = !_options.IsPublicAddress(address);
                }

                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException e)
            {
                socket.Dispose();
                last = e;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw last ?? new SocketException((int)SocketError.HostNotFound);
    }

    // the system's authorities, or else the named ones; a wrong name or no certificate is never forgiven
    private bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
        {
            return true;
        }

        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || certificate is not X509Certificate2 leaf)
        {
            return false;
        }

        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(_authorities);
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        own.ChainPolicy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid("1.3.6.1.5.5.7.3.1")); // RFC 5280: TLS server
        foreach (var element in chain?.ChainElements.Skip(1) ?? [])
        {
            own.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        return own.Build(leaf);
    }

    private static string Reason(HttpRequestException e, Uri uri) => e.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => "its name cannot be resolved",
        HttpRequestError.SecureConnectionError => "TLS failed: " + (e.InnerException?.Message ?? e.Message)
            + (uri.Scheme == Uri.UriSchemeHttps ? "; if it speaks plain HTTP, name it in plain_http; if its certificate is of a private authority, name that certificate in ca_files" : ""),
        HttpRequestError.ConnectionError => "cannot connect: " + (Inner<SocketException>(e)?.Message ?? e.Message),
        _ => e.Message + (e.InnerException is { } inner ? " " + inner.Message : ""),
    };

    private static T? Inner<T>(Exception e)
        where T : Exception
    {
        for (Exception? at = e; at is not null; at = at.InnerException)
        {
            if (at is T found)
            {
                return found;
            }
        }

        return null;
    }

    private static string Show(Uri uri) => $"{uri.Scheme}://{Authority(uri)}/…";
}
