namespace Skerry.Oci.Trust.Policies;

/// <summary>Who must have signed the images of some names, and what else is asked of them.</summary>
public sealed record TrustPolicy
{
    /// <summary>Its name, unique on a node.</summary>
    public required string Name { get; init; }

    /// <summary>File and line, for people.</summary>
    public required string Place { get; init; }

    /// <summary>The names it is for; empty: only who asks for it by name gets it.</summary>
    public IReadOnlyList<ImagePattern> Images { get; init; } = [];

    /// <summary>Who may sign.</summary>
    public IReadOnlyList<TrustSigner> Signers { get; init; } = [];

    /// <summary>How many different signers must have signed; 0: the images run unverified, because the user says so.</summary>
    public int Required { get; init; }

    /// <summary>Attestations that must be there, all of them.</summary>
    public IReadOnlyList<AttestationDemand> Attestations { get; init; } = [];

    /// <summary>How old a signature may be, by a time that is proven; null: of any age.</summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>How long an image that was verified on this node may still be started after its evidence expired.</summary>
    public TimeSpan Grace { get; init; }

    /// <summary>What becomes of an image that does not satisfy it.</summary>
    public UnverifiedAction Unverified { get; init; }

    /// <summary>What becomes of programs that are not of the image.</summary>
    public DriftRule Drift { get; init; }

    /// <summary>Whether tags will do.</summary>
    public TagRule Tags { get; init; }

    /// <summary>The digests of tags, by REGISTRY/NAME:TAG.</summary>
    public IReadOnlyDictionary<string, Digest> Pins { get; init; } = new Dictionary<string, Digest>();

    /// <summary>Whether signatures must be looked for.</summary>
    public bool NeedsEvidence => Required > 0;

    /// <summary>Whom it wants, in words: "any of release (cosign, …), ops (notation, …)".</summary>
    public string Wants => Required == 0 ? "nothing"
        : (Signers.Count == 1 ? "" : Required == Signers.Count ? "all of " : Required == 1 ? "any of " : $"{Required} of ") + string.Join(", ", Signers.Select(static s => $"{s.Name} ({s.Wants})"));
}
