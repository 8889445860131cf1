using System.Net;
using System.Security.Cryptography;

namespace Skerry.Oci.Distribution;

/// <summary>How a call is made: authenticated, repeated with growing pauses, and at mirrors before the registry.</summary>
internal sealed class RegistryCalls(RegistryOptions options, TimeProvider time, RegistryTransport transport, TokenSource tokens)
{
    public const string Pull = "pull";
    public const string Push = "pull,push";

    public TimeProvider Time => time;

    /// <summary>Makes <paramref name="call"/> at each mirror and then, with repetition, at the registry, until one answers.</summary>
    public async Task<T> FromAnyAsync<T>(string step, ImageReference reference, Func<RegistryEndpoint, Task<T>> call, CancellationToken cancellationToken)
    {
        var attempts = new List<RegistryAttempt>();
        foreach (var endpoint in RegistryEndpoint.For(reference, options))
        {
            try
            {
                return endpoint.IsMirror
                    ? await call(endpoint).ConfigureAwait(false)
                    : await RepeatAsync(() => call(endpoint), attempts, cancellationToken).ConfigureAwait(false);
            }
            catch (RegistryException e) when (endpoint.IsMirror)
            {
                attempts.Add(e.Attempts[^1]);
            }
        }

        throw new InvalidOperationException($"{step}: no endpoint"); // For() always ends with the registry
    }

    /// <summary>Makes <paramref name="call"/> until it succeeds, fails for good, or was made often enough.</summary>
    public async Task<T> RepeatAsync<T>(Func<Task<T>> call, List<RegistryAttempt> attempts, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await call().ConfigureAwait(false);
            }
            catch (RegistryException e)
            {
                attempts.Add(e.Attempts[^1]);
                var pause = Pause(attempt, e.RetryAfter);
                if (!e.IsTransient || attempt >= options.MaxAttempts || pause > options.MaxRetryDelay)
                {
                    if (attempts.Count == 1)
                    {
                        throw;
                    }

                    throw new RegistryException(e.Step, Merge(attempts), e) { Status = e.Status, Code = e.Code };
                }

                await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Sends with the known credentials, answers one challenge, and turns all but success into an exception.</summary>
    public async Task<HttpResponseMessage> SendAsync(string step, RegistryEndpoint endpoint, string actions, Outgoing outgoing, CancellationToken cancellationToken, HttpStatusCode? alsoGood = null)
    {
        var scope = $"repository:{endpoint.Repository}:{actions}";
        var authorization = tokens.Known(endpoint, scope);
        for (var challenged = false; ; challenged = true)
        {
            var response = await transport.SendAsync(step, outgoing, authorization, cancellationToken).ConfigureAwait(false);
            if (response.IsSuccessStatusCode || response.StatusCode == alsoGood)
            {
                return response;
            }

            using (response)
            {
                // only the registry itself may ask for its credentials, not where it sent us
                var isOwn = response.RequestMessage?.RequestUri is not { } last || RegistryTransport.Authority(last) == RegistryTransport.Authority(outgoing.Uri);
                if (response.StatusCode == HttpStatusCode.Unauthorized && !challenged && isOwn
                    && response.Headers.NonValidated.TryGetValues("WWW-Authenticate", out var challenges))
                {
                    authorization = await tokens.AnswerAsync(step, endpoint, scope, authorization, challenges, cancellationToken).ConfigureAwait(false);
                    continue;
                }

                var from = response.RequestMessage?.RequestUri is { } at ? RegistryTransport.Authority(at) : endpoint.Host;
                throw await RegistryAnswers.FailureAsync(step, response, from, options.StallTimeout, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private TimeSpan Pause(int attempt, TimeSpan? asked)
    {
        // half to one and a half times, so that a fleet does not come back all at once
        var growing = options.RetryDelay * Math.Pow(2, Math.Min(attempt - 1, 10)) * (0.5 + RandomNumberGenerator.GetInt32(1000) / 1000.0);
        var own = growing < options.MaxRetryDelay ? growing : options.MaxRetryDelay;
        return asked > own ? asked.Value : own;
    }

    // the same failure five times is one line
    private static List<RegistryAttempt> Merge(List<RegistryAttempt> attempts)
    {
        var result = new List<RegistryAttempt>();
        foreach (var group in attempts.GroupBy(a => a))
        {
            var times = group.Count();
            result.Add(times == 1 ? group.Key : group.Key with { Reason = $"{group.Key.Reason} ({times} times)" });
        }

        return result;
    }
}
