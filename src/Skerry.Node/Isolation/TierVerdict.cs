namespace Skerry.Node.Isolation;

/// <summary>Whether a tier works on this machine, as a trial found.</summary>
internal sealed record TierVerdict
{
    /// <summary>It ran a container.</summary>
    public required bool Works { get; init; }

    /// <summary>Name and version of what makes its containers; empty when it does not work.</summary>
    public string Runtime { get; init; } = string.Empty;

    /// <summary>How it works here, for a sentence: <c>gVisor by systrap</c>.</summary>
    public string Detail { get; init; } = string.Empty;

    /// <summary>It works, but by emulation or another way that costs so much that nobody gets it without asking.</summary>
    public bool IsSlow { get; init; }

    /// <summary>Why it does not work; empty when it does.</summary>
    public string Reason { get; init; } = string.Empty;

    /// <summary>What would make it work; empty: nothing that is known.</summary>
    public string Next { get; init; } = string.Empty;

    /// <summary>It works.</summary>
    internal static TierVerdict Yes(string runtime, string detail, bool isSlow = false) => new() { Works = true, Runtime = runtime, Detail = detail, IsSlow = isSlow };

    /// <summary>It does not.</summary>
    internal static TierVerdict No(string reason, string next = "") => new() { Works = false, Reason = reason, Next = next };
}
