using System.Net;
using Skerry.Oci.Trust.Tuf;

namespace Skerry.Oci.Distribution;

/// <summary>A repository of The Update Framework by HTTP. Nothing it answers is trusted.</summary>
/// <param name="metadata">Where its metadata is.</param>
/// <param name="targets">Where its targets are.</param>
/// <param name="options">How it is reached: authorities, proxy, deadlines.</param>
public sealed class TufServer(Uri metadata, Uri targets, RegistryOptions options) : ITufRepository, IDisposable
{
    private readonly RegistryTransport _transport = new(options, TimeProvider.System);
    private readonly WholeDeadline _deadline = new(options.TrustTimeout);

    /// <inheritdoc/>
    /// <exception cref="RegistryException">It does not answer, or something else than a file.</exception>
    public Task<ReadOnlyMemory<byte>?> MetadataAsync(string name, int maxBytes, CancellationToken ct)
    {
        var step = $"fetch {name} from the repository";
        return _deadline.AskAsync(step, metadata.Host, end => MetadataAsync(step, name, maxBytes, end), ct);
    }

    /// <inheritdoc/>
    /// <exception cref="RegistryException">It does not answer, or something else than a file of that length.</exception>
    public Task<bool> TargetAsync(string path, long length, Stream to, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(to);
        var step = $"fetch {path} from the repository";
        return _deadline.AskAsync(step, targets.Host, end => TargetAsync(step, path, length, to, end), ct);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _transport.Dispose();
        _deadline.Dispose();
    }

    private async Task<ReadOnlyMemory<byte>?> MetadataAsync(string step, string name, int maxBytes, CancellationToken ct)
    {
        using var response = await GetAsync(step, metadata, name, ct).ConfigureAwait(false);
        return response is null ? default(ReadOnlyMemory<byte>?) : await RegistryAnswers.ReadAsync(step, response, maxBytes, metadata.Host, options.StallTimeout, TimeProvider.System, ct).ConfigureAwait(false);
    }

    private async Task<bool> TargetAsync(string step, string path, long length, Stream to, CancellationToken ct)
    {
        using var response = await GetAsync(step, targets, string.Join('/', path.Split('/').Select(TufStore.Quote)), ct).ConfigureAwait(false);
        if (response is null)
        {
            return false;
        }

        using var body = new BlobStream(await response.Content.ReadAsStreamAsync(ct).ConfigureAwait(false), step, targets.Host, length, options.StallTimeout, TimeProvider.System);
        await body.CopyToAsync(to, ct).ConfigureAwait(false);
        return true;
    }

    /// <summary>The answer; null where there is no such file, which stores of objects say with 403, too.</summary>
    private async Task<HttpResponseMessage?> GetAsync(string step, Uri place, string path, CancellationToken ct)
    {
        var uri = new Uri($"{place.AbsoluteUri.TrimEnd('/')}/{path}");
        _transport.CheckScheme(step, uri);
        var response = await _transport.SendAsync(step, new Outgoing(HttpMethod.Get, uri, RegistryTransport.Authority(uri)), null, ct).ConfigureAwait(false);
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK:
                return response;
            case HttpStatusCode.NotFound or HttpStatusCode.Forbidden:
                response.Dispose();
                return null;
            default:
                response.Dispose();
                throw new RegistryException(step, RegistryFailure.Protocol, $"it answers with status {(int)response.StatusCode}", uri.Host);
        }
    }
}
