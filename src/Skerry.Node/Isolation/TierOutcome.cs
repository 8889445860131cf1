namespace Skerry.Node.Isolation;

/// <summary>What a tier knows of a container's end beyond its exit code.</summary>
/// <param name="OutOfMemory">It used more memory than its limit.</param>
/// <param name="Reason">What went wrong; empty: nothing beyond what the exit code says.</param>
internal sealed record TierOutcome(bool OutOfMemory, string Reason);
