namespace Skerry.Node.Isolation;

/// <summary>How the program inside a container ended, as its tier tells.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="Reason">Why, for people; null: the code says it all.</param>
internal sealed record TierExit(int Code, string? Reason = null);
