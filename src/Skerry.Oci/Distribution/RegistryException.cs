using System.Net;

namespace Skerry.Oci.Distribution;

/// <summary>Why a registry did not give what was asked for.</summary>
public enum RegistryFailure
{
    /// <summary>Cannot be reached, or ended the connection.</summary>
    Unreachable,

    /// <summary>Took too long to answer or to go on.</summary>
    Timeout,

    /// <summary>Wants other credentials, or none are known.</summary>
    Unauthorized,

    /// <summary>Knows no such image or blob (or hides it).</summary>
    NotFound,

    /// <summary>Too many requests.</summary>
    RateLimited,

    /// <summary>Answered with another error.</summary>
    Refused,

    /// <summary>Answered against the protocol.</summary>
    Protocol,

    /// <summary>Sent content that is not what its digest or size says.</summary>
    Integrity,

    /// <summary>Wanted something that is not allowed for safety: a redirect to a private address, credentials over plain HTTP …</summary>
    Unsafe,
}

/// <summary>One attempt that failed: where, and why.</summary>
public sealed record RegistryAttempt(string Endpoint, RegistryFailure Failure, string Reason);

/// <summary>A registry, and each of its mirrors, did not give what was asked for.</summary>
public sealed class RegistryException : Exception
{
    /// <param name="step">What was tried: "fetch the manifest of docker.io/library/x:1".</param>
    /// <param name="failure">The kind of the last failure.</param>
    /// <param name="reason">The last failure, and where it helps what to do.</param>
    /// <param name="endpoint">Host that was asked.</param>
    /// <param name="inner">The cause below.</param>
    public RegistryException(string step, RegistryFailure failure, string reason, string endpoint, Exception? inner = null)
        : base($"{step}: {endpoint}: {reason}", inner)
    {
        Step = step;
        Failure = failure;
        Reason = reason;
        Endpoint = endpoint;
        Attempts = [new RegistryAttempt(endpoint, failure, reason)];
    }

    internal RegistryException(string step, IReadOnlyList<RegistryAttempt> attempts, Exception? inner)
        : base($"{step}: {string.Join("; ", attempts.Select(a => $"{a.Endpoint}: {a.Reason}"))}", inner)
    {
        Step = step;
        Attempts = attempts;
        (Endpoint, Failure, Reason) = (attempts[^1].Endpoint, attempts[^1].Failure, attempts[^1].Reason);
    }

    /// <summary>What was tried.</summary>
    public string Step { get; }

    /// <summary>The kind of the last failure.</summary>
    public RegistryFailure Failure { get; }

    /// <summary>The last failure in words.</summary>
    public string Reason { get; }

    /// <summary>The host that was asked last.</summary>
    public string Endpoint { get; }

    /// <summary>Every attempt in order: mirrors, then the registry.</summary>
    public IReadOnlyList<RegistryAttempt> Attempts { get; }

    /// <summary>Status of the last answer, when there was one.</summary>
    public HttpStatusCode? Status { get; init; }

    /// <summary>The registry's own code (<c>MANIFEST_UNKNOWN</c> …), when it gave one.</summary>
    public string? Code { get; init; }

    /// <summary>Whether trying again may help.</summary>
    internal bool IsTransient => Failure is RegistryFailure.Unreachable or RegistryFailure.Timeout or RegistryFailure.RateLimited
        || (int?)Status is 500 or 502 or 503 or 504 or 408;

    /// <summary>How long the registry asked to wait.</summary>
    internal TimeSpan? RetryAfter { get; init; }
}
