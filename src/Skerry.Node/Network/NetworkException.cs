namespace Skerry.Node.Network;

/// <summary>A pod could not join or leave a network: what failed, on what, why, and what to do next.</summary>
internal sealed class NetworkException : Exception
{
    internal NetworkException(NetworkFault fault, string message, string next, Exception? cause = null)
        : base(message, cause)
    {
        Fault = fault;
        Next = next;
    }

    /// <summary>What kind of failure it is.</summary>
    internal NetworkFault Fault { get; }

    /// <summary>What to do next, a sentence.</summary>
    internal string Next { get; }

    /// <summary>The CNI plugin that failed, if one did.</summary>
    internal string? Plugin { get; init; }

    /// <summary>The plugin's own error code (CNI spec 1.0.0, section 5 "Error"), if it gave one.</summary>
    internal int? Code { get; init; }
}
