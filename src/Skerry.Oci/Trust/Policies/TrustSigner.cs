namespace Skerry.Oci.Trust.Policies;

/// <summary>Somebody who may sign an image, as a policy names him.</summary>
/// <param name="Name">Unique in the policy.</param>
/// <param name="Place">File and line of the policy, for people.</param>
public abstract record TrustSigner(string Name, string Place)
{
    /// <summary>What is looked for, in words: "cosign, 1 key".</summary>
    public abstract string Wants { get; }

    /// <summary>Looks through the evidence for a signature of the image by this signer.</summary>
    internal abstract SignerFinding Look(TrustSubject subject, TrustEvidence evidence, DateTimeOffset now);

    /// <summary>
    /// Tries verdicts until one is a yes. What was tried is kept for the explanation; a signer is met by the first yes.
    /// </summary>
    private protected SignerFinding First(TrustEvidence evidence, IEnumerable<(string Place, Digest Document, Func<Verdict> Verify)> attempts, string nothing)
    {
        var tried = new List<TriedSignature>();
        foreach (var (place, document, verify) in attempts)
        {
            if (tried.Count == TrustEvidence.MaxAttempts)
            {
                break;
            }

            var verdict = verify();
            verdict = verdict.IsTrusted ? evidence.Refine(verdict) : verdict;
            tried.Add(new TriedSignature(place, document, verdict));
            if (verdict.IsTrusted)
            {
                return new SignerFinding(this, tried, verdict, document, nothing);
            }
        }

        return new SignerFinding(this, tried, null, default, nothing);
    }
}
