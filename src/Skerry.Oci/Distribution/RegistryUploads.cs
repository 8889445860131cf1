using System.Net;
using System.Net.Http.Headers;

namespace Skerry.Oci.Distribution;

/// <summary>Storing blobs and manifests on a registry (OCI distribution-spec v1.1 "Push"); mirrors are never written to.</summary>
internal static class RegistryUploads
{
    public static Task<bool> HasAsync(RegistryCalls calls, RegistryOptions options, ImageReference repository, Digest digest, CancellationToken cancellationToken)
    {
        var endpoint = RegistryEndpoint.Origin(repository, options);
        var step = $"look for the blob {digest} of {repository.Name}";
        return calls.RepeatAsync(() => HasAsync(step, calls, endpoint, digest, RegistryCalls.Pull, cancellationToken), [], cancellationToken);
    }

    public static Task<bool> UploadAsync(RegistryCalls calls, RegistryOptions options, ImageReference repository, Descriptor blob, Func<Stream> open, CancellationToken cancellationToken)
    {
        var endpoint = RegistryEndpoint.Origin(repository, options);
        var step = $"store the blob {blob.Digest} of {repository.Name}";
        return calls.RepeatAsync(async () =>
        {
            if (await HasAsync(step, calls, endpoint, blob.Digest, RegistryCalls.Push, cancellationToken).ConfigureAwait(false))
            {
                return false;
            }

            // one POST opens a session, one PUT fills and closes it
            var start = new Outgoing(HttpMethod.Post, endpoint.At("blobs/uploads/"), endpoint.Host) { Content = static () => new ByteArrayContent([]) };
            Uri session;
            using (var opened = await calls.SendAsync(step, endpoint, RegistryCalls.Push, start, cancellationToken).ConfigureAwait(false))
            {
                session = Session(step, start.Uri, opened, blob.Digest, endpoint);
            }

            var fill = new Outgoing(HttpMethod.Put, session, endpoint.Host) { Content = () => Body(open(), blob.Size) };
            using var done = await calls.SendAsync(step, endpoint, RegistryCalls.Push, fill, cancellationToken).ConfigureAwait(false);
            return done.StatusCode == HttpStatusCode.Created
                ? true
                : throw new RegistryException(step, RegistryFailure.Protocol, $"it answers the upload with status {(int)done.StatusCode}, not 201", endpoint.Host);
        }, [], cancellationToken);
    }

    public static Task<Digest> PutManifestAsync(RegistryCalls calls, RegistryOptions options, ImageReference reference, ReadOnlyMemory<byte> bytes, string mediaType, CancellationToken cancellationToken)
    {
        var endpoint = RegistryEndpoint.Origin(reference, options);
        var step = $"store the manifest of {reference}";
        var digest = Digest.OfSha256(bytes.Span);
        if (reference.Digest is { } named && Digest.Of(bytes.Span, named) != named)
        {
            throw new RegistryException(step, RegistryFailure.Integrity, "the manifest does not have the digest of the reference", endpoint.Host);
        }

        var outgoing = new Outgoing(HttpMethod.Put, endpoint.At($"manifests/{reference.Tag ?? reference.Digest?.ToString() ?? digest.ToString()}"), endpoint.Host)
        {
            Content = () => new ReadOnlyMemoryContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue(mediaType) } },
        };
        return calls.RepeatAsync(async () =>
        {
            using var response = await calls.SendAsync(step, endpoint, RegistryCalls.Push, outgoing, cancellationToken).ConfigureAwait(false);
            return RegistryAnswers.ContentDigest(response) is { } claimed && claimed != Digest.Of(bytes.Span, claimed)
                ? throw new RegistryException(step, RegistryFailure.Integrity, $"it says it stored the manifest as {claimed}, but it is {digest}", endpoint.Host)
                : digest;
        }, [], cancellationToken);
    }

    private static async Task<bool> HasAsync(string step, RegistryCalls calls, RegistryEndpoint endpoint, Digest digest, string actions, CancellationToken cancellationToken)
    {
        var look = new Outgoing(HttpMethod.Head, endpoint.At($"blobs/{digest}"), endpoint.Host);
        using var response = await calls.SendAsync(step, endpoint, actions, look, cancellationToken, HttpStatusCode.NotFound).ConfigureAwait(false);
        return response.StatusCode != HttpStatusCode.NotFound;
    }

    // the content goes, with our credentials, where the session is: that must be the same host
    private static Uri Session(string step, Uri asked, HttpResponseMessage opened, Digest digest, RegistryEndpoint endpoint)
    {
        if (opened.StatusCode != HttpStatusCode.Accepted || opened.Headers.Location is not { } location || !Uri.TryCreate(asked, location, out var session))
        {
            throw new RegistryException(step, RegistryFailure.Protocol, $"it opens no upload (status {(int)opened.StatusCode})", endpoint.Host);
        }

        if (RegistryTransport.Authority(session) != RegistryTransport.Authority(asked) || session.Scheme != asked.Scheme)
        {
            throw new RegistryException(step, RegistryFailure.Unsafe, $"it wants the upload at another host, {RegistryTransport.Authority(session)}", endpoint.Host);
        }

        var query = session.Query.Length > 1 ? session.Query[1..] + "&" : "";
        return new UriBuilder(session) { Query = $"{query}digest={Uri.EscapeDataString(digest.ToString())}" }.Uri;
    }

    private static UploadContent Body(Stream source, long length)
    {
        var content = new UploadContent(source, length);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return content;
    }
}
