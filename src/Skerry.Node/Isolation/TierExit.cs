namespace Skerry.Node.Isolation;

/// <summary>How the program inside a container ended, as its tier tells.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="Reason">Why, for people; null: the code says it all.</param>
internal sealed record TierExit(int Code, string? Reason = null)
{
    /// <summary>It used more memory than its limit, which a kernel knows that is not the node's.</summary>
    public bool OutOfMemory { get; init; }

    /// <summary>There was no program: it could not be started.</summary>
    public bool NeverStarted { get; init; }
}
