namespace Skerry.Node.Policy;

/// <summary>What the planner decided: a tier, or that there is none. No third thing exists.</summary>
internal abstract record TierDecision
{
    private TierDecision()
    {
    }

    /// <summary>What was not taken, in the order in which it was looked at, each with the reason.</summary>
    public abstract IReadOnlyList<TierSetAside> Considered { get; init; }

    /// <summary>A tier.</summary>
    /// <param name="Tier">Its name.</param>
    /// <param name="Reason">One sentence, without a full stop.</param>
    /// <param name="Considered">What was not taken.</param>
    internal sealed record Chosen(string Tier, string Reason, IReadOnlyList<TierSetAside> Considered) : TierDecision
    {
        /// <summary>The device class that applied; empty where the pod named its tier.</summary>
        public string DeviceClass { get; init; } = string.Empty;

        /// <summary>How a virtual machine of this class is made (<c>full</c> or <c>small</c>); empty: the lattice does not say.</summary>
        public string Vmm { get; init; } = string.Empty;

        /// <summary>The trusted execution environment to ask for.</summary>
        public TeeKinds Tee { get; init; }
    }

    /// <summary>No tier.</summary>
    /// <param name="Reason">One sentence.</param>
    /// <param name="Remedy">What would make it possible.</param>
    /// <param name="Considered">What was not taken.</param>
    internal sealed record Refused(string Reason, string Remedy, IReadOnlyList<TierSetAside> Considered) : TierDecision;
}

/// <summary>A tier that was not taken.</summary>
/// <param name="Tier">Its name.</param>
/// <param name="Why">Why not, as a part of a sentence.</param>
/// <param name="Remedy">What would change that; may be empty.</param>
internal readonly record struct TierSetAside(string Tier, string Why, string Remedy);
