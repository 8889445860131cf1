using Skerry.Oci.Distribution;
using Skerry.Oci.Trust.Sigstore;

namespace Skerry.Oci.Trust.Policies;

/// <summary>Signs with cosign or another tool of Sigstore: by a key, or by an identity that an authority vouches for.</summary>
public sealed record CosignSigner(string Name, string Place, SigstorePolicy Policy) : TrustSigner(Name, Place)
{
    /// <summary>Begins the media type of a bundle, of whichever version.</summary>
    private const string Bundle = "application/vnd.dev.sigstore.bundle";

    /// <summary>The signature must say the repository that is asked for; bundles do not say one.</summary>
    public bool SameRepository { get; init; }

    /// <inheritdoc/>
    public override string Wants => Policy.Identities.Count > 0 ? $"cosign, {Policy.Identities[0].Subject} by {Policy.Identities[0].Issuer}"
        : Policy.Keys.Count == 1 ? $"cosign, {Policy.Keys[0]}" : $"cosign, {Policy.Keys.Count} keys";

    /// <summary>Whether a layer is of Sigstore's kinds.</summary>
    internal static bool Takes(string mediaType) => mediaType is CosignLayer.SimpleSigning or CosignLayer.Envelope || mediaType.StartsWith(Bundle, StringComparison.Ordinal);

    internal override SignerFinding Look(TrustSubject subject, TrustEvidence evidence, DateTimeOffset now) => Look(subject, evidence, null, now);

    /// <param name="predicate">The attestation that is asked for; null for a signature of the image.</param>
    internal SignerFinding Look(TrustSubject subject, TrustEvidence evidence, string? predicate, DateTimeOffset now) =>
        First(evidence, Attempts(subject, evidence, predicate, now), "there is no signature or attestation of cosign's kinds");

    private IEnumerable<(string Place, Digest Document, Func<Verdict> Verify)> Attempts(TrustSubject subject, TrustEvidence evidence, string? predicate, DateTimeOffset now)
    {
        var policy = Policy with { PredicateType = predicate, Repository = SameRepository ? subject.Reference?.Name : null };
        foreach (var found in evidence.Signatures)
        {
            if (!Takes(found.Layer.MediaType))
            {
                continue;
            }

            foreach (var document in subject.Documents)
            {
                yield return (found.Place, document.Digest, () => Verify(found, new SignedArtifact(document.Digest), policy, now));
            }
        }
    }

    private static Verdict Verify(FoundSignature found, SignedArtifact artifact, SigstorePolicy policy, DateTimeOffset now) =>
        found.Layer.MediaType.StartsWith(Bundle, StringComparison.Ordinal)
            ? SigstoreVerifier.VerifyBundle(found.Blob, artifact, policy, now)
            : SigstoreVerifier.VerifyLayer(found.Layer, found.Blob, artifact, policy, now);
}
