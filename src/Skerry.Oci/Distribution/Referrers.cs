using System.Net;
using Skerry.Oci.Manifests;

namespace Skerry.Oci.Distribution;

/// <summary>Lists what refers to a manifest (OCI distribution-spec v1.1 "Listing Referrers", "Unavailable Referrers API").</summary>
internal static class Referrers
{
    private const int MaxPages = 16;

    public static async Task<IReadOnlyList<Descriptor>> ListAsync(string step, RegistryCalls calls, RegistryOptions options, RegistryEndpoint endpoint, Digest subject, CancellationToken cancellationToken)
    {
        var found = new List<Descriptor>();
        var next = endpoint.At($"referrers/{subject}");
        for (var page = 0; next is not null; page++)
        {
            if (page == MaxPages)
            {
                throw new RegistryException(step, RegistryFailure.Protocol, $"more than {MaxPages} pages of referrers", endpoint.Host);
            }

            var (entries, following) = await PageAsync(step, calls, options, endpoint, next, cancellationToken).ConfigureAwait(false);
            if (entries is null)
            {
                // the API is not known there: whoever attached something kept an index under a tag made of the digest
                var tag = endpoint.At($"manifests/{subject.Algorithm}-{subject.Hex[..64]}");
                return (await PageAsync(step, calls, options, endpoint, tag, cancellationToken).ConfigureAwait(false)).Entries ?? [];
            }

            found.AddRange(entries);
            next = following;
        }

        return found;
    }

    private static async Task<(IReadOnlyList<Descriptor>? Entries, Uri? Next)> PageAsync(string step, RegistryCalls calls, RegistryOptions options, RegistryEndpoint endpoint, Uri uri, CancellationToken cancellationToken)
    {
        var outgoing = new Outgoing(HttpMethod.Get, uri, endpoint.Host) { Accept = [MediaTypes.OciIndex] };
        using var response = await calls.SendAsync(step, endpoint, RegistryCalls.Pull, outgoing, cancellationToken, HttpStatusCode.NotFound).ConfigureAwait(false);
        var type = RegistryAnswers.MediaType(response);
        if (response.StatusCode == HttpStatusCode.NotFound || type != MediaTypes.OciIndex)
        {
            return (null, null);
        }

        var bytes = await RegistryAnswers.ReadAsync(step, response, ManifestLimits.MaxBytes, endpoint.Host, options.StallTimeout, calls.Time, cancellationToken).ConfigureAwait(false);
        try
        {
            return ManifestParser.Parse(bytes, type) is ImageIndex index
                ? (index.Manifests, Next(uri, response))
                : throw new RegistryException(step, RegistryFailure.Protocol, "it answers with a manifest, not an index", endpoint.Host);
        }
        catch (OciFormatException e)
        {
            throw new RegistryException(step, RegistryFailure.Protocol, e.Message, endpoint.Host, e);
        }
    }

    // RFC 8288: <address>; rel="next"; only on the host that was asked
    private static Uri? Next(Uri asked, HttpResponseMessage response)
    {
        if (!response.Headers.NonValidated.TryGetValues("Link", out var values))
        {
            return null;
        }

        var text = values.ToString();
        var (start, end) = (text.IndexOf('<', StringComparison.Ordinal), text.IndexOf('>', StringComparison.Ordinal));
        return start >= 0 && end > start && text[end..].Contains("next", StringComparison.Ordinal) && Uri.TryCreate(asked, text[(start + 1)..end], out var next)
            && next.Scheme == asked.Scheme && RegistryTransport.Authority(next) == RegistryTransport.Authority(asked) ? next : null;
    }
}
