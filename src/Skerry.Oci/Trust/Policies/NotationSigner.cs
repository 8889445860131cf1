using Skerry.Oci.Trust.Notation;

namespace Skerry.Oci.Trust.Policies;

/// <summary>Signs with Notation: by a certificate that leads to a store.</summary>
public sealed record NotationSigner(string Name, string Place, NotationTrust Trust) : TrustSigner(Name, Place)
{
    /// <summary>User metadata that must have been signed.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <inheritdoc/>
    public override string Wants => $"notation, a chain to {string.Join(" or ", Trust.Stores.Where(static s => s.Kind != TrustStoreKind.Timestamping).Select(static s => s.Key))}";

    internal override SignerFinding Look(TrustSubject subject, TrustEvidence evidence, DateTimeOffset now) =>
        First(evidence, Attempts(subject, evidence, now), "there is no signature of Notation");

    private IEnumerable<(string Place, Digest Document, Func<Verdict> Verify)> Attempts(TrustSubject subject, TrustEvidence evidence, DateTimeOffset now)
    {
        foreach (var found in evidence.Signatures.Where(static f => f.Layer.MediaType is JwsReader.MediaType or CoseReader.MediaType))
        {
            foreach (var document in subject.Documents)
            {
                yield return (found.Place, document.Digest, () => Verify(found.Layer.MediaType, found.Blob, document, subject, now));
            }
        }
    }

    private Verdict Verify(string mediaType, ReadOnlyMemory<byte> envelope, Descriptor document, TrustSubject subject, DateTimeOffset now)
    {
        var repository = subject.Reference?.Name ?? "";
        var verdict = NotationVerifier.Verify(envelope, mediaType, new NotationTarget(document, repository) { Metadata = Metadata }, Trust, now);

        // A level at which nobody must be trusted lets an image run for Notation; here it would make a signature of anybody count.
        return !verdict.IsTrusted || Trust.Policy.For(repository)?.Level.Authenticity == NotationAction.Enforce ? verdict : verdict with
        {
            IsTrusted = false,
            Steps =
            [
                .. verdict.Steps,
                new TrustStep("level", StepOutcome.Failed, "Notation's trust policy does not enforce who signed (level skip or audit), so a signature of anybody would do", "use the level strict or permissive there"),
            ],
        };
    }
}
