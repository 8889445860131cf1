namespace Skerry.Oci.Trust;

/// <summary>What a verification found: yes or no, and every step that led there.</summary>
/// <remarks>Verifiers never throw on hostile input: whatever is wrong is a failed step, and a failed step is a no.</remarks>
public sealed record Verdict
{
    /// <summary>What was verified, in words: "cosign signature", "notation signature", "content trust".</summary>
    public required string Kind { get; init; }

    /// <summary>Whether the evidence satisfies the policy.</summary>
    public required bool IsTrusted { get; init; }

    /// <summary>Every step in the order in which it was taken; ends with the one that failed, if one did.</summary>
    public required IReadOnlyList<TrustStep> Steps { get; init; }

    /// <summary>Who signed; null when that was not reached.</summary>
    public Signer? Signer { get; init; }

    /// <summary>The time of signing that is proven (by a log, a time stamp or a signing authority); null when none is.</summary>
    public DateTimeOffset? SignedAt { get; init; }

    /// <summary>When this evidence ends to be good; null when it does not end by itself.</summary>
    public DateTimeOffset? GoodUntil { get; init; }

    /// <summary>Signed annotations or user metadata; never null.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>The signed statement of an attestation, as bytes; null for a plain signature.</summary>
    public ReadOnlyMemory<byte>? Statement { get; init; }

    /// <summary>The step that failed; null for a yes.</summary>
    public TrustStep? Failure => Steps.FirstOrDefault(static s => s.Outcome == StepOutcome.Failed);

    /// <summary>One line for each step.</summary>
    public override string ToString() => $"{Kind}: {(IsTrusted ? "trusted" : "not trusted")}\n" + string.Join('\n', Steps.Select(static s => "  " + s));
}
