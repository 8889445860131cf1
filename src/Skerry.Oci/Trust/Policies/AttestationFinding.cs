namespace Skerry.Oci.Trust.Policies;

/// <summary>What was found of a demanded attestation.</summary>
/// <param name="Demand">What was asked.</param>
/// <param name="Signed">The signer that was met, else one that was not; null when no signer is named.</param>
/// <param name="Content">What its content says; null where none was signed.</param>
public sealed record AttestationFinding(AttestationDemand Demand, SignerFinding? Signed, TrustStep? Content)
{
    /// <summary>Whether it is there, signed, and says what it must.</summary>
    public bool IsMet => Signed?.Met is not null && Content is { Outcome: not StepOutcome.Failed };

    /// <summary>In a part of a sentence.</summary>
    public string Said => Content is { Outcome: StepOutcome.Failed } bad ? bad.Why : Signed?.Said ?? "nobody may sign it";
}
