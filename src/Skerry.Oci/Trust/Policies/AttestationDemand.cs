using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Policies;

/// <summary>An attestation that an image must have.</summary>
/// <param name="PredicateType">Its type, a URI.</param>
/// <param name="Signers">Any of these must have signed it.</param>
/// <param name="Place">File and line of the policy.</param>
public sealed record AttestationDemand(string PredicateType, IReadOnlyList<CosignSigner> Signers, string Place)
{
    /// <summary>The builder that provenance must name; null to pass that over.</summary>
    public string? Builder { get; init; }

    /// <summary>What was found, and whether that is enough.</summary>
    internal AttestationFinding Look(TrustSubject subject, TrustEvidence evidence, DateTimeOffset now)
    {
        SignerFinding? nearest = null;
        foreach (var signer in Signers)
        {
            var finding = signer.Look(subject, evidence, PredicateType, now);
            if (finding.Met is not { } verdict)
            {
                nearest ??= finding;
                continue;
            }

            nearest = finding;
            var builder = Builder is null ? null : BuilderOf(verdict.Statement ?? default);
            if (Builder is null || builder == Builder)
            {
                return new AttestationFinding(this, finding, new TrustStep("builder", Builder is null ? StepOutcome.NotPresent : StepOutcome.Passed, Builder is null ? "the policy names none" : $"'{builder}'"));
            }

            return new AttestationFinding(this, finding, new TrustStep("builder", StepOutcome.Failed,
                builder is null ? $"the statement names no builder, and '{Builder}' must have built the image" : $"'{builder}' built the image, not '{Builder}'",
                $"have it built by {Builder}, or name its builder at {Place}"));
        }

        return new AttestationFinding(this, nearest, null);
    }

    /// <summary>slsa.dev/spec/v1.0/provenance (runDetails.builder.id) and v0.2 (builder.id).</summary>
    private static string? BuilderOf(ReadOnlyMemory<byte> statement)
    {
        try
        {
            var predicate = StrictJson.Object("provenance", statement, TrustLimits.MaxAttestation).ObjectOrNull("predicate");
            return (predicate?.ObjectOrNull("runDetails") ?? predicate)?.ObjectOrNull("builder")?.TextOrNull("id");
        }
        catch (OciFormatException)
        {
            return null;
        }
    }
}
