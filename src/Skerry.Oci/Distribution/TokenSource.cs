using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Skerry.Oci.Manifests;

namespace Skerry.Oci.Distribution;

/// <summary>Answers a registry's challenges: Basic, or Bearer with a token of its token server (distribution spec/auth/token.md, oauth.md).</summary>
/// <remarks>Keeps one header per host and scope until it expires or is refused. Safe for several threads; one token is fetched at a time.</remarks>
internal sealed class TokenSource(RegistryTransport transport, CredentialStore credentials, TimeProvider time, TimeSpan stall) : IDisposable
{
    private const int MaxTokenBytes = 1 << 20;
    private static readonly TimeSpan DefaultLife = TimeSpan.FromSeconds(60); // token.md: expires_in defaults to 60 seconds
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<(string Host, string Scope), (AuthenticationHeaderValue Header, DateTimeOffset Until)> _known = new();
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>The header that worked last; null when none is known.</summary>
    public AuthenticationHeaderValue? Known(RegistryEndpoint endpoint, string scope) =>
        _known.TryGetValue((endpoint.Host, scope), out var known) && known.Until > time.GetUtcNow() ? known.Header : null;

    /// <summary>Answers the challenges of a 401.</summary>
    /// <param name="step">For errors.</param>
    /// <param name="endpoint">Who asked.</param>
    /// <param name="scope">What for: <c>repository:NAME:pull</c>.</param>
    /// <param name="refused">The header it did not take, if any.</param>
    /// <param name="challenges">Its <c>WWW-Authenticate</c> headers.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="RegistryException">No credentials, no token, or an unsafe token server.</exception>
    public async Task<AuthenticationHeaderValue> AnswerAsync(string step, RegistryEndpoint endpoint, string scope, AuthenticationHeaderValue? refused, IEnumerable<string> challenges, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Known(endpoint, scope) is { } other && !other.Equals(refused))
            {
                return other;
            }

            var list = challenges.SelectMany(AuthChallenge.Parse).ToList();
            var credential = await credentials.FindAsync(endpoint.Registry, endpoint.Repository, cancellationToken).ConfigureAwait(false);
            if (list.Find(c => c.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase)) is { } bearer)
            {
                var (header, life) = await BearerAsync(step, endpoint, scope, bearer, credential, cancellationToken).ConfigureAwait(false);
                _known[(endpoint.Host, scope)] = (header, time.GetUtcNow() + (life > Margin * 2 ? life - Margin : life / 2));
                return header;
            }

            if (!list.Exists(c => c.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase)))
            {
                throw new RegistryException(step, RegistryFailure.Unauthorized, "it wants credentials in a way that is not known (neither Bearer nor Basic)", endpoint.Host);
            }

            if (credential is not { Username.Length: > 0 })
            {
                throw new RegistryException(step, RegistryFailure.Unauthorized, $"it wants a user and password, and none are known for {endpoint.Registry}; put them in the file that auth_file names and restart skerryd, or pull with --username", endpoint.Host);
            }

            if (refused?.Scheme == "Basic")
            {
                throw new RegistryException(step, RegistryFailure.Unauthorized, $"it refuses the known credentials ({credential})", endpoint.Host);
            }

            var basic = Basic(credential);
            _known[(endpoint.Host, scope)] = (basic, DateTimeOffset.MaxValue);
            return basic;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<(AuthenticationHeaderValue Header, TimeSpan Life)> BearerAsync(string step, RegistryEndpoint endpoint, string scope, AuthChallenge challenge, RegistryCredential? credential, CancellationToken cancellationToken)
    {
        if (credential?.RegistryToken is { } ready)
        {
            return (new AuthenticationHeaderValue("Bearer", ready), TimeSpan.FromHours(1));
        }

        var asking = $"{step}: get a token";
        if (!challenge.Parameters.TryGetValue("realm", out var realm) || !Uri.TryCreate(realm, UriKind.Absolute, out var uri) || uri.UserInfo.Length > 0 || uri.Host.Length == 0)
        {
            throw new RegistryException(asking, RegistryFailure.Protocol, "it wants a token but does not say from where (realm)", endpoint.Host);
        }

        transport.CheckScheme(asking, uri);
        var service = challenge.Parameters.GetValueOrDefault("service");
        Outgoing outgoing;
        AuthenticationHeaderValue? authorization = null;
        if (credential?.IdentityToken is { } identity)
        {
            KeyValuePair<string, string>[] form =
                [new("grant_type", "refresh_token"), new("service", service ?? ""), new("scope", scope), new("client_id", "skerry"), new("refresh_token", identity)];
            outgoing = new Outgoing(HttpMethod.Post, uri, endpoint.Host) { Content = () => new FormUrlEncodedContent(form) };
        }
        else
        {
            var query = $"scope={Uri.EscapeDataString(scope)}" + (service is null ? "" : $"&service={Uri.EscapeDataString(service)}");
            query += credential is { Username.Length: > 0 } ? $"&account={Uri.EscapeDataString(credential.Username)}" : "";
            var address = new UriBuilder(uri) { Query = uri.Query.Length > 1 ? uri.Query[1..] + "&" + query : query };
            outgoing = new Outgoing(HttpMethod.Get, address.Uri, endpoint.Host);
            authorization = credential is { Username.Length: > 0 } ? Basic(credential) : null;
        }

        using var response = await transport.SendAsync(asking, outgoing, authorization, cancellationToken, RegistryTransport.Authority(endpoint.At(""))).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
        {
            var failure = await RegistryAnswers.FailureAsync(asking, response, RegistryTransport.Authority(uri), stall, time, cancellationToken).ConfigureAwait(false);
            throw failure.Failure != RegistryFailure.Unauthorized ? failure : new RegistryException(asking, RegistryFailure.Unauthorized,
                credential is null ? $"it gives none without credentials, and none are known for {endpoint.Registry}: {failure.Reason}" : $"it refuses the known credentials ({credential}): {failure.Reason}",
                RegistryTransport.Authority(uri)) { Status = failure.Status };
        }

        var body = await RegistryAnswers.ReadAsync(asking, response, MaxTokenBytes, RegistryTransport.Authority(uri), stall, time, cancellationToken).ConfigureAwait(false);
        try
        {
            JsonGuard.Check("token", body.Span, MaxTokenBytes);
            var token = JsonSerializer.Deserialize(body.Span, CredentialJsonContext.Default.Token)!;
            var value = string.IsNullOrEmpty(token.Value) ? token.AccessToken : token.Value;
            if (string.IsNullOrEmpty(value) || value.AsSpan().IndexOfAnyExceptInRange('!', '~') >= 0)
            {
                throw new RegistryException(asking, RegistryFailure.Protocol, "the token server answers without a usable token", RegistryTransport.Authority(uri));
            }

            var life = token.ExpiresIn is { } seconds and > 0 and < 1e6 ? TimeSpan.FromSeconds(seconds) : DefaultLife;
            return (new AuthenticationHeaderValue("Bearer", value), life);
        }
        catch (Exception e) when (e is JsonException or OciFormatException)
        {
            throw new RegistryException(asking, RegistryFailure.Protocol, "the token server's answer is not the JSON of a token", RegistryTransport.Authority(uri), e);
        }
    }

    private static AuthenticationHeaderValue Basic(RegistryCredential credential) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credential.Username}:{credential.Password}")));
}
