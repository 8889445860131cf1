namespace Skerry.Node.Policy;

/// <summary>What a tier says against a pod.</summary>
/// <param name="Why">What it cannot do.</param>
/// <param name="Remedy">What would make it possible; empty: nothing that is known.</param>
internal readonly record struct TierObjection(string Why, string Remedy = "");
