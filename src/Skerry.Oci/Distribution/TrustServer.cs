using System.Net;
using Skerry.Oci.Trust.ContentTrust;

namespace Skerry.Oci.Distribution;

/// <summary>A trust server of Notary v1: the metadata of one image by HTTP. Nothing it answers is trusted.</summary>
/// <remarks>Blocks while it waits. A server that wants credentials is refused; Docker's wants none for reading public names.</remarks>
/// <param name="server">Its address.</param>
/// <param name="gun">The image's name there.</param>
/// <param name="options">How it is reached: authorities, proxy, deadlines.</param>
public sealed class TrustServer(Uri server, string gun, RegistryOptions options) : IContentTrustSource, IDisposable
{
    private readonly RegistryTransport _transport = new(options, TimeProvider.System);
    private readonly WholeDeadline _deadline = new(options.TrustTimeout);

    /// <inheritdoc/>
    /// <exception cref="RegistryException">It does not answer, or something else than a file.</exception>
    public ReadOnlyMemory<byte>? Read(string name, int maxBytes)
    {
        RoleName.Check(name);
        var uri = new Uri($"{server.AbsoluteUri.TrimEnd('/')}/v2/{gun}/_trust/tuf/{name}.json");
        var step = $"fetch {name} of {gun} from the trust server";
        return _deadline.AskAsync(step, uri.Host, ct => ReadAsync(step, uri, maxBytes, ct), CancellationToken.None).GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _transport.Dispose();
        _deadline.Dispose();
    }

    private async Task<ReadOnlyMemory<byte>?> ReadAsync(string step, Uri uri, int maxBytes, CancellationToken ct)
    {
        using var response = await _transport.SendAsync(step, new Outgoing(HttpMethod.Get, uri, RegistryTransport.Authority(uri)), null, ct).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        return response.StatusCode == HttpStatusCode.OK
            ? await RegistryAnswers.ReadAsync(step, response, maxBytes, uri.Host, options.StallTimeout, TimeProvider.System, ct).ConfigureAwait(false)
            : throw new RegistryException(step, RegistryFailure.Protocol, $"it answers with status {(int)response.StatusCode}{(response.StatusCode == HttpStatusCode.Unauthorized ? ": it wants credentials, which are not given to trust servers" : "")}", uri.Host);
    }
}
