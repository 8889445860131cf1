using System.Text;
using System.Text.Json;
using Skerry.Oci.Manifests;

namespace Skerry.Oci.Distribution;

/// <summary>Credentials as docker and podman keep them: <c>config.json</c> / <c>auth.json</c> and credential helpers.</summary>
/// <remarks>
/// Order as docker's: the registry's own helper (<c>credHelpers</c>), then <c>credsStore</c>, then <c>auths</c>. Keys may have a scheme, a path
/// (<c>/v1/</c>, <c>/v2/</c>) or, as podman writes them, a repository prefix: the longest that fits wins. Immutable; helpers may be asked by several threads.
/// </remarks>
public sealed class CredentialStore
{
    private const string Format = "credentials file";
    private const string DockerKey = "https://index.docker.io/v1/";
    private const int MaxBytes = 1 << 20;

    private readonly Dictionary<string, RegistryCredential> _auths = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _helpers = new(StringComparer.OrdinalIgnoreCase);
    private readonly string? _store;
    private readonly Func<string, string, CancellationToken, Task<HelperAnswer>>? _ask;

    /// <summary>No credentials at all.</summary>
    public static CredentialStore Empty { get; } = new(ReadOnlyMemory<byte>.Empty, null);

    /// <param name="configJson">A docker <c>config.json</c>; empty for none.</param>
    /// <param name="askHelper">Runs <c>docker-credential-{helper} get</c> with the server on standard input; null when helpers cannot be run.</param>
    /// <exception cref="OciFormatException">The file is malformed.</exception>
    public CredentialStore(ReadOnlyMemory<byte> configJson, Func<string, string, CancellationToken, Task<HelperAnswer>>? askHelper)
    {
        _ask = askHelper;
        if (configJson.Span.Trim(" \r\n\t"u8).IsEmpty)
        {
            return;
        }

        JsonGuard.Check(Format, configJson.Span, MaxBytes);
        CredentialJson.File file;
        try
        {
            file = JsonSerializer.Deserialize(configJson.Span, CredentialJsonContext.Default.File)!;
        }
        catch (JsonException e)
        {
            throw new OciFormatException(Format, null, $"{e.Path} has the wrong type", e);
        }

        _store = string.IsNullOrEmpty(file.CredsStore) ? null : CheckHelper(file.CredsStore);
        foreach (var (key, helper) in file.CredHelpers ?? [])
        {
            _helpers[Normalise(key)] = CheckHelper(helper ?? "");
        }

        foreach (var (key, auth) in file.Auths ?? [])
        {
            if (Read(key, auth) is { } credential)
            {
                _auths[Normalise(key)] = credential;
            }
        }
    }

    private CredentialStore(string registry, RegistryCredential credential)
        : this(ReadOnlyMemory<byte>.Empty, null) => _auths[Normalise(registry)] = credential;

    /// <summary>A store with one credential, for one registry.</summary>
    public static CredentialStore Of(string registry, RegistryCredential credential) => new(registry, credential);

    /// <summary>The credential for a repository of a registry; null when there is none.</summary>
    /// <param name="registry">Host as in image references.</param>
    /// <param name="repository">Path on it; empty for the registry as such.</param>
    /// <param name="cancellationToken">Ends a helper that hangs, if its runner listens.</param>
    /// <exception cref="RegistryException">A helper failed.</exception>
    public async Task<RegistryCredential?> FindAsync(string registry, string repository = "", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(registry);
        ArgumentNullException.ThrowIfNull(repository);
        var host = Normalise(registry);
        if ((_helpers.GetValueOrDefault(host) ?? _store) is { } helper)
        {
            if (await AskAsync(helper, host, cancellationToken).ConfigureAwait(false) is { } answered)
            {
                return answered;
            }
        }

        for (var key = repository.Length > 0 ? $"{host}/{repository}" : host; ; key = key[..key.LastIndexOf('/')])
        {
            if (_auths.TryGetValue(key, out var credential))
            {
                return credential;
            }

            if (!key.Contains('/', StringComparison.Ordinal))
            {
                return null;
            }
        }
    }

    private async Task<RegistryCredential?> AskAsync(string helper, string host, CancellationToken cancellationToken)
    {
        var step = $"ask the credential helper docker-credential-{helper} for {host}";
        if (_ask is null)
        {
            throw new RegistryException(step, RegistryFailure.Unauthorized, "helpers cannot be run here; put the credential under auths instead", host);
        }

        var answer = await _ask(helper, host == ImageReference.DefaultRegistry ? DockerKey : host, cancellationToken).ConfigureAwait(false);
        if (answer.ExitCode != 0)
        {
            // docker-credential-helpers credentials/error.go: this text means "none"
            return answer.Output.Contains("credentials not found", StringComparison.OrdinalIgnoreCase)
                ? null
                : throw new RegistryException(step, RegistryFailure.Unauthorized, $"exit code {answer.ExitCode}: {JsonGuard.Printable(answer.Output.Trim())}", host);
        }

        try
        {
            var bytes = Encoding.UTF8.GetBytes(answer.Output);
            JsonGuard.Check("answer of a credential helper", bytes, MaxBytes);
            var said = JsonSerializer.Deserialize(bytes, CredentialJsonContext.Default.Answer)!;
            return said.Username == "<token>"
                ? new RegistryCredential { IdentityToken = said.Secret }
                : new RegistryCredential { Username = said.Username ?? "", Password = said.Secret ?? "" };
        }
        catch (Exception e) when (e is JsonException or OciFormatException)
        {
            throw new RegistryException(step, RegistryFailure.Unauthorized, "its answer is not the JSON of the credential helper protocol", host, e);
        }
    }

    private static RegistryCredential? Read(string key, CredentialJson.Auth? auth)
    {
        if (auth is null)
        {
            return null;
        }

        var (user, password) = (auth.Username ?? "", auth.Password ?? "");
        if (!string.IsNullOrEmpty(auth.Value))
        {
            var text = new byte[auth.Value.Length];
            if (!Convert.TryFromBase64String(auth.Value, text, out var length))
            {
                throw new OciFormatException(Format, null, $"auths['{JsonGuard.Printable(key)}'].auth is not base64");
            }

            var pair = Encoding.UTF8.GetString(text, 0, length);
            var colon = pair.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0)
            {
                throw new OciFormatException(Format, null, $"auths['{JsonGuard.Printable(key)}'].auth is not user:password in base64");
            }

            (user, password) = (pair[..colon], pair[(colon + 1)..].TrimEnd('\0'));
        }

        var identity = string.IsNullOrEmpty(auth.IdentityToken) ? null : auth.IdentityToken;
        var token = string.IsNullOrEmpty(auth.RegistryToken) ? null : auth.RegistryToken;
        return user.Length == 0 && password.Length == 0 && identity is null && token is null
            ? null
            : new RegistryCredential { Username = user, Password = password, IdentityToken = identity, RegistryToken = token };
    }

    // https://HOST/v1/ and the like are the host; HOST/org/app stays
    private static string Normalise(string key)
    {
        var text = key;
        foreach (var scheme in (ReadOnlySpan<string>)["https://", "http://"])
        {
            text = text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) ? text[scheme.Length..] : text;
        }

        text = text.TrimEnd('/');
        foreach (var version in (ReadOnlySpan<string>)["/v1", "/v2"])
        {
            text = text.EndsWith(version, StringComparison.Ordinal) ? text[..^version.Length] : text;
        }

        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var host = slash < 0 ? text : text[..slash];
        return (host is "index.docker.io" or "registry-1.docker.io" ? ImageReference.DefaultRegistry : host) + (slash < 0 ? "" : text[slash..]);
    }

    // becomes part of a program's name
    private static string CheckHelper(string name) =>
        name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') && name[0] is not ('-' or '.')
            ? name
            : throw new OciFormatException(Format, null, $"'{JsonGuard.Printable(name)}' cannot be the name of a credential helper");
}
