using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Skerry.Oci.Manifests;

namespace Skerry.Oci.Distribution;

/// <summary>Reads small answers and the errors that registries explain (OCI distribution-spec v1.1 "Error Codes").</summary>
internal static class RegistryAnswers
{
    private const int MaxErrorBytes = 64 * 1024;

    /// <summary>A whole body of at most <paramref name="most"/> bytes.</summary>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(string step, HttpResponseMessage response, int most, string endpoint, TimeSpan stall, TimeProvider time, CancellationToken cancellationToken)
    {
        var length = response.Content.Headers.ContentLength;
        if (length > most)
        {
            throw new RegistryException(step, RegistryFailure.Protocol, $"it sends {length} bytes where at most {most} are taken", endpoint);
        }

        var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        using var deadline = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        var buffer = new byte[Math.Min(length ?? 16 * 1024, most)];
        var used = 0;
        try
        {
            while (true)
            {
                if (used == buffer.Length)
                {
                    if (used == length)
                    {
                        break;
                    }

                    if (used >= most)
                    {
                        deadline.CancelAfter(stall);
                        if (await body.ReadAsync(new byte[1], either.Token).ConfigureAwait(false) == 0)
                        {
                            break;
                        }

                        throw new RegistryException(step, RegistryFailure.Protocol, $"it sends more than the {most} bytes that are taken", endpoint);
                    }

                    Array.Resize(ref buffer, (int)Math.Min(most, Math.Max(4096, (long)buffer.Length * 2)));
                }

                deadline.CancelAfter(stall);
                var read = await body.ReadAsync(buffer.AsMemory(used), either.Token).ConfigureAwait(false);
                if (read == 0)
                {
                    break;
                }

                used += read;
            }
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RegistryException(step, RegistryFailure.Timeout, $"nothing came for {stall.TotalSeconds:0.###} s after {used} bytes", endpoint, e);
        }
        catch (IOException e)
        {
            throw new RegistryException(step, RegistryFailure.Unreachable, $"the connection broke after {used} bytes: {e.Message}", endpoint, e);
        }

        return buffer.AsMemory(0, used);
    }

    /// <summary>What an answer other than success means.</summary>
    public static async Task<RegistryException> FailureAsync(string step, HttpResponseMessage response, string endpoint, TimeSpan stall, TimeProvider time, CancellationToken cancellationToken)
    {
        var (code, message) = (default(string), default(string));
        try
        {
            var body = await ReadAsync(step, response, MaxErrorBytes, endpoint, stall, time, cancellationToken).ConfigureAwait(false);
            JsonGuard.Check("registry error", body.Span, MaxErrorBytes);
            var first = JsonSerializer.Deserialize(body.Span, CredentialJsonContext.Default.Errors)?.List?.Find(e => e is not null);
            (code, message) = (first?.Code, first?.Message);
        }
        catch (Exception e) when (e is JsonException or OciFormatException or RegistryException)
        {
            // the status alone must do
        }

        var status = (int)response.StatusCode;
        var failure = status switch
        {
            401 or 403 => RegistryFailure.Unauthorized,
            404 => RegistryFailure.NotFound,
            429 => RegistryFailure.RateLimited,
            _ => RegistryFailure.Refused,
        };
        var words = string.Join(": ", new[] { code, message }.Where(t => !string.IsNullOrEmpty(t)).Select(t => JsonGuard.Printable(t!)));
        return new RegistryException(step, failure, $"status {status}{(words.Length > 0 ? ", " + words : "")}", endpoint)
        {
            Status = response.StatusCode,
            Code = code is null ? null : JsonGuard.Printable(code),
            RetryAfter = RetryAfter(response.Headers.RetryAfter, time),
        };
    }

    /// <summary>The digest a server claims; null when it claims none or one that is none.</summary>
    public static Digest? ContentDigest(HttpResponseMessage response) =>
        response.Headers.TryGetValues("Docker-Content-Digest", out var values) && Digest.TryParse(values.FirstOrDefault(), out var digest) ? digest : null;

    /// <summary>The media type without parameters; null when there is none.</summary>
    public static string? MediaType(HttpResponseMessage response)
    {
        if (!response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var values))
        {
            return null;
        }

        var text = values.ToString();
        var end = text.IndexOf(';', StringComparison.Ordinal);
        return (end < 0 ? text : text[..end]).Trim().ToLower(CultureInfo.InvariantCulture);
    }

    private static TimeSpan? RetryAfter(RetryConditionHeaderValue? header, TimeProvider time)
    {
        var wait = header?.Delta ?? (header?.Date is { } date ? date - time.GetUtcNow() : null);
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }
}
