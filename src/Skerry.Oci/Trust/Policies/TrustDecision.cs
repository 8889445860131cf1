namespace Skerry.Oci.Trust.Policies;

/// <summary>Whether an image may run, and everything that led there.</summary>
public sealed record TrustDecision
{
    /// <summary>The image that was judged.</summary>
    public required TrustSubject Subject { get; init; }

    /// <summary>By which policy; null when none is for it.</summary>
    public TrustPolicy? Policy { get; init; }

    /// <summary>Whether it may run.</summary>
    public required bool IsAllowed { get; init; }

    /// <summary>Whether all that the policy asks was proven. False for an image that runs all the same: see <see cref="Why"/>.</summary>
    public bool IsVerified { get; init; }

    /// <summary>In one sentence: what was found, or what is missing.</summary>
    public required string Why { get; init; }

    /// <summary>What to do about a no; null for a yes.</summary>
    public string? Mend { get; init; }

    /// <summary>Each step, under a heading for each signer and attestation.</summary>
    public IReadOnlyList<TrustSection> Sections { get; init; } = [];

    /// <summary>What was found of each signer.</summary>
    public IReadOnlyList<SignerFinding> Signers { get; init; } = [];

    /// <summary>Until when the evidence is good; null: it does not end by itself.</summary>
    public DateTimeOffset? GoodUntil { get; init; }

    /// <summary>The evidence has expired, and the policy's grace lets the image be started for a while.</summary>
    public bool IsInGrace { get; init; }

    /// <summary>Why the policy was set aside, in the words of who did so; null where it was not.</summary>
    public string? OverriddenBecause { get; init; }

    /// <summary>What the policies of the image's other names say of programs that are not of it, where it was judged by several.</summary>
    public DriftRule DriftOfOthers { get; init; }

    /// <summary>
    /// What becomes of programs that are not of the image: the strictest word of all policies that it was judged by. Where there is none to
    /// ask, and nobody set it aside either, they are refused.
    /// </summary>
    public DriftRule Drift
    {
        get
        {
            var own = Policy?.Drift ?? (IsAllowed ? DriftRule.Allow : DriftRule.Deny);
            return own > DriftOfOthers ? own : DriftOfOthers;
        }
    }

    /// <summary>The signers that were met, in words.</summary>
    public IReadOnlyList<string> SignedBy => [.. Signers.Where(static s => s.Met is not null).Select(static s => $"{s.Signer.Name}: {s.Met!.Signer?.Subject ?? s.Signer.Wants}")];

    /// <summary>The latest time of signing that is proven.</summary>
    public DateTimeOffset? SignedAt => Signers.Max(static s => s.Met?.SignedAt);
}
