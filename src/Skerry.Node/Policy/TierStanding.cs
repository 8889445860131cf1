namespace Skerry.Node.Policy;

/// <summary>What a trial found of one tier.</summary>
/// <param name="Tier">Its name.</param>
/// <param name="Fitness">How it does.</param>
/// <param name="Detail">How it works here, as a part of a sentence: <c>gVisor by systrap</c>.</param>
/// <param name="Reason">Why it does not, or not well; empty where it works.</param>
/// <param name="Remedy">What would make it possible; empty where it works or nothing is known.</param>
internal sealed record TierStanding(string Tier, Fitness Fitness, string Detail, string Reason, string Remedy)
{
    /// <summary>Trusted execution environments that this version can ask for in this tier.</summary>
    public TeeKinds Tees { get; init; }

    internal static TierStanding Works(string tier, string detail) => new(tier, Fitness.Works, detail, string.Empty, string.Empty);

    internal static TierStanding No(string tier, string reason, string remedy) => new(tier, Fitness.No, string.Empty, reason, remedy);

    internal static TierStanding Untried(string tier) =>
        new(tier, Fitness.Untried, string.Empty, "it has not been tried since the machine was started", "ask again in a moment, or try now with 'skerry node --probe'");
}
