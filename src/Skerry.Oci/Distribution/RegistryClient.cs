using System.Net;
using System.Net.Http.Headers;
using Skerry.Oci.Manifests;

namespace Skerry.Oci.Distribution;

/// <summary>Talks to registries by the OCI distribution API (v1.1; Docker's v2 is the same for what is used).</summary>
/// <remarks>
/// A registry is not trusted: manifests are checked against their digest and parsed strictly, blobs come with exactly the promised
/// length, redirects and token servers cannot lead to private addresses or take credentials elsewhere. Mirrors are tried first,
/// once each; the registry itself is asked again with growing pauses. Safe for several threads; one client for a node is enough.
/// </remarks>
public sealed class RegistryClient : IDisposable
{
    private static readonly string[] ManifestTypes =
        [MediaTypes.OciIndex, MediaTypes.OciManifest, MediaTypes.DockerManifestList, MediaTypes.DockerManifest];

    private readonly RegistryOptions _options;
    private readonly TimeProvider _time;
    private readonly RegistryTransport _transport;
    private readonly TokenSource _tokens;
    private readonly RegistryCalls _calls;

    /// <param name="options">How registries are reached.</param>
    /// <param name="credentials">Credentials; none when null.</param>
    /// <param name="time">Clock of time-outs, pauses and token lifetimes; the system's when null.</param>
    /// <exception cref="IOException">A CA file cannot be read.</exception>
    public RegistryClient(RegistryOptions options, CredentialStore? credentials = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _time = time ?? TimeProvider.System;
        _transport = new RegistryTransport(options, _time);
        _tokens = new TokenSource(_transport, credentials ?? CredentialStore.Empty, _time, options.StallTimeout);
        _calls = new RegistryCalls(options, _time, _transport, _tokens);
    }

    /// <summary>Fetches a manifest or index, by digest where the reference has one.</summary>
    /// <exception cref="RegistryException">Neither a mirror nor the registry gave it; says why for each.</exception>
    public Task<FetchedManifest> GetManifestAsync(ImageReference reference, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        var step = $"fetch the manifest of {reference}";
        return _calls.FromAnyAsync(step, reference, endpoint => GetManifestAsync(step, endpoint, reference, cancellationToken), cancellationToken);
    }

    /// <summary>Opens a blob from <paramref name="offset"/> on, for a first fetch (0) or to go on with one that was cut off.</summary>
    /// <param name="repository">The image whose blob it is; tag and digest do not count.</param>
    /// <param name="blob">Digest and size of the blob; the digest is not checked here.</param>
    /// <param name="offset">First byte wanted, 0 to size.</param>
    /// <param name="cancellationToken">Ends the opening; reads of the content have their own.</param>
    /// <exception cref="RegistryException">Neither a mirror nor the registry gave it; says why for each.</exception>
    public Task<BlobResponse> OpenBlobAsync(ImageReference repository, Descriptor blob, long offset = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        ArgumentNullException.ThrowIfNull(blob);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, blob.Size);
        var step = $"fetch the blob {blob.Digest} of {repository.Name}";
        return _calls.FromAnyAsync(step, repository, endpoint => OpenBlobAsync(step, endpoint, blob, offset, cancellationToken), cancellationToken);
    }

    /// <summary>Fetches a small blob (a configuration) whole and checks its digest.</summary>
    /// <exception cref="RegistryException">It is larger than <see cref="ManifestLimits.MaxBytes"/>, or nobody gave it.</exception>
    public Task<ReadOnlyMemory<byte>> GetBlobAsync(ImageReference repository, Descriptor blob, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        ArgumentNullException.ThrowIfNull(blob);
        var step = $"fetch the blob {blob.Digest} of {repository.Name}";
        if (blob.Size > ManifestLimits.MaxBytes)
        {
            throw new RegistryException(step, RegistryFailure.Protocol, $"its {blob.Size} bytes are more than the {ManifestLimits.MaxBytes} that are taken at once", repository.Registry);
        }

        return _calls.FromAnyAsync(step, repository, async endpoint =>
        {
            using var response = await OpenBlobAsync(step, endpoint, blob, 0, cancellationToken).ConfigureAwait(false);
            var bytes = new byte[blob.Size];
            await response.Content.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
            _ = await response.Content.ReadAsync(new byte[1], cancellationToken).ConfigureAwait(false);
            return Digest.Of(bytes, blob.Digest) == blob.Digest
                ? (ReadOnlyMemory<byte>)bytes
                : throw new RegistryException(step, RegistryFailure.Integrity, "the content does not have this digest", response.Endpoint);
        }, cancellationToken);
    }

    /// <summary>What refers to a manifest: its signatures, SBOMs and the like; empty when nothing does.</summary>
    /// <remarks>By the referrers API, or its fallback tag where a registry does not know it (OCI distribution-spec v1.1 "Listing Referrers").</remarks>
    /// <exception cref="RegistryException">Neither a mirror nor the registry answered.</exception>
    public Task<IReadOnlyList<Descriptor>> GetReferrersAsync(ImageReference repository, Digest subject, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        var step = $"list what refers to {subject} in {repository.Name}";
        return _calls.FromAnyAsync(step, repository, endpoint => Referrers.ListAsync(step, _calls, _options, endpoint, subject, cancellationToken), cancellationToken);
    }

    /// <summary>Whether the registry itself (no mirror) has a blob.</summary>
    public Task<bool> HasBlobAsync(ImageReference repository, Digest digest, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        return RegistryUploads.HasAsync(_calls, _options, repository, digest, cancellationToken);
    }

    /// <summary>Stores a blob on the registry itself, unless it is there already.</summary>
    /// <param name="repository">The image it will belong to.</param>
    /// <param name="blob">Its digest and size.</param>
    /// <param name="open">Opens the content from its first byte; called again when an attempt is repeated.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Whether it was sent; false when it was there.</returns>
    /// <exception cref="RegistryException">The registry did not take it.</exception>
    public Task<bool> UploadBlobAsync(ImageReference repository, Descriptor blob, Func<Stream> open, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        ArgumentNullException.ThrowIfNull(blob);
        ArgumentNullException.ThrowIfNull(open);
        return RegistryUploads.UploadAsync(_calls, _options, repository, blob, open, cancellationToken);
    }

    /// <summary>Stores a manifest or index under the reference's tag, or by its digest when it has none.</summary>
    /// <returns>The digest of the bytes.</returns>
    /// <exception cref="RegistryException">The registry did not take it.</exception>
    public Task<Digest> PutManifestAsync(ImageReference reference, ReadOnlyMemory<byte> bytes, string mediaType, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(mediaType);
        return RegistryUploads.PutManifestAsync(_calls, _options, reference, bytes, mediaType, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tokens.Dispose();
        _transport.Dispose();
    }

    private async Task<FetchedManifest> GetManifestAsync(string step, RegistryEndpoint endpoint, ImageReference reference, CancellationToken cancellationToken)
    {
        var outgoing = new Outgoing(HttpMethod.Get, endpoint.At($"manifests/{reference.Digest?.ToString() ?? reference.Tag}"), endpoint.Host) { Accept = ManifestTypes };
        using var response = await _calls.SendAsync(step, endpoint, RegistryCalls.Pull, outgoing, cancellationToken).ConfigureAwait(false);
        var bytes = await RegistryAnswers.ReadAsync(step, response, ManifestLimits.MaxBytes, endpoint.Host, _options.StallTimeout, _time, cancellationToken).ConfigureAwait(false);
        if (reference.Digest is { } wanted && Digest.Of(bytes.Span, wanted) != wanted)
        {
            throw new RegistryException(step, RegistryFailure.Integrity, $"it sends a manifest that does not have the digest {wanted}", endpoint.Host);
        }

        if (RegistryAnswers.ContentDigest(response) is { } claimed && Digest.Of(bytes.Span, claimed) != claimed)
        {
            throw new RegistryException(step, RegistryFailure.Integrity, $"it says the manifest has the digest {claimed}, but it does not", endpoint.Host);
        }

        try
        {
            var manifest = ManifestParser.Parse(bytes, RegistryAnswers.MediaType(response));
            return new FetchedManifest(bytes, manifest.MediaType, reference.Digest ?? Digest.OfSha256(bytes.Span), manifest, endpoint.Host);
        }
        catch (OciFormatException e)
        {
            throw new RegistryException(step, RegistryFailure.Protocol, e.Message, endpoint.Host, e);
        }
    }

    private async Task<BlobResponse> OpenBlobAsync(string step, RegistryEndpoint endpoint, Descriptor blob, long offset, CancellationToken cancellationToken)
    {
        // a range of no bytes cannot be asked for; the last byte again can be dropped
        var range = offset > 0 && offset < blob.Size ? new RangeHeaderValue(offset, null) : null;
        var outgoing = new Outgoing(HttpMethod.Get, endpoint.At($"blobs/{blob.Digest}"), endpoint.Host) { Range = range };
        var response = await _calls.SendAsync(step, endpoint, RegistryCalls.Pull, outgoing, cancellationToken, range is null ? null : HttpStatusCode.RequestedRangeNotSatisfiable).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            // a server that cannot begin there may still give the whole
            response.Dispose();
            return (await OpenBlobAsync(step, endpoint, blob, 0, cancellationToken).ConfigureAwait(false)).AskedFor(offset);
        }

        try
        {
            var from = response.RequestMessage?.RequestUri is { } last ? RegistryTransport.Authority(last) : endpoint.Host;
            var start = 0L;
            if (response.StatusCode == HttpStatusCode.PartialContent)
            {
                var said = response.Content.Headers.ContentRange;
                if (range is null || said is not { Unit: "bytes" } || said.From != offset || said.To != blob.Size - 1 || (said.Length is { } whole && whole != blob.Size))
                {
                    throw new RegistryException(step, RegistryFailure.Protocol, $"asked for bytes {offset} to {blob.Size - 1}, it sends '{said?.ToString() ?? "no Content-Range"}'", from);
                }

                start = offset;
            }

            if (response.Content.Headers.ContentLength is { } length && length != blob.Size - start)
            {
                throw new RegistryException(step, RegistryFailure.Integrity, $"it sends {length} bytes where {blob.Size - start} are due", from);
            }

            var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            var content = new BlobStream(body, step, from, blob.Size - start, _options.StallTimeout, _time);
            return new BlobResponse(response, content, start, from).AskedFor(offset);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }
}
