namespace Skerry.Node.Policy;

/// <summary>What a pod asks of the planner, and what is known of it.</summary>
internal sealed record PodDemand
{
    private static readonly Dictionary<string, string> Nothing = [];
    private static readonly Dictionary<string, TierObjection> NoObjection = [];

    /// <summary>The tier that it names; empty: the planner's choice.</summary>
    public string Tier { get; init; } = string.Empty;

    /// <summary>The tier that it must at least be as strong as; empty: the lattice's for pods that name none.</summary>
    public string Minimum { get; init; } = string.Empty;

    /// <summary>By which rule the user trusts all of its images; null: not trusted.</summary>
    public string? TrustedBy { get; init; }

    /// <summary>What its images are.</summary>
    public ImageKinds Image { get; init; } = ImageKinds.Container;

    /// <summary>The trusted execution environments of which it needs one.</summary>
    public TeeKinds Tee { get; init; }

    /// <summary>The sum of its containers' memory limits; 0: one of them has none.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Tiers that cannot do something that it asks for, each with what, and what would help.</summary>
    public IReadOnlyDictionary<string, TierObjection> Objections { get; init; } = NoObjection;

    /// <summary>Tiers that broke under this pod, each with how: they are not taken again.</summary>
    public IReadOnlyDictionary<string, string> Broken { get; init; } = Nothing;
}
