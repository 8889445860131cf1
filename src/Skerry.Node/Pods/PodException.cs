namespace Skerry.Node.Pods;

/// <summary>A request that cannot be met: why, and what to do next. The doors turn it into their wire's words.</summary>
internal sealed class PodException : Exception
{
    private PodException(PodFailure failure, string message, string? next, Exception? cause)
        : base(message, cause)
    {
        Failure = failure;
        Next = next;
    }

    /// <summary>What kind of refusal it is.</summary>
    internal PodFailure Failure { get; }

    /// <summary>What to do, as a sentence; null when the message says it.</summary>
    internal string? Next { get; }

    /// <summary>126 or 127 where the program cannot be run or is not there.</summary>
    internal int? ExitCode { get; init; }

    internal static PodException NotFound(string message, string? next = null) => new(PodFailure.NotFound, message, next, null);

    internal static PodException Exists(string message, string next) => new(PodFailure.Exists, message, next, null);

    internal static PodException Invalid(string message, string? next = null) => new(PodFailure.Invalid, message, next, null);

    internal static PodException State(string message, string? next = null) => new(PodFailure.State, message, next, null);

    internal static PodException Refused(string message, string? next = null) => new(PodFailure.Refused, message, next, null);

    internal static PodException Failed(string message, Exception? cause, int? exitCode = null) =>
        new(PodFailure.Failed, message, null, cause) { ExitCode = exitCode };
}

/// <summary>Kinds of refusal.</summary>
internal enum PodFailure
{
    /// <summary>There is no such thing.</summary>
    NotFound,

    /// <summary>The name is taken.</summary>
    Exists,

    /// <summary>The request is wrong.</summary>
    Invalid,

    /// <summary>The state does not allow it.</summary>
    State,

    /// <summary>A policy or a missing right.</summary>
    Refused,

    /// <summary>It was tried and failed.</summary>
    Failed,
}
