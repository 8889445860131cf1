namespace Skerry.Oci.Trust.Sigstore;

/// <summary>Verifies cosign signatures and attestations and Sigstore bundles, wholly offline.</summary>
/// <remarks>Pure: bytes and a time in, a verdict out. Safe to use by several threads. Never throws on hostile evidence.</remarks>
public static class SigstoreVerifier
{
    private const string Read = "take the signature again from the registry; if it stays so, have the image signed again";

    /// <summary>Verifies a Sigstore bundle.</summary>
    /// <param name="bundle">The JSON of the bundle.</param>
    /// <param name="artifact">What it must be of.</param>
    /// <param name="policy">What is asked.</param>
    /// <param name="now">The present time.</param>
    public static Verdict VerifyBundle(ReadOnlyMemory<byte> bundle, SignedArtifact artifact, SigstorePolicy policy, DateTimeOffset now) =>
        Verify("sigstore bundle", () => BundleReader.Read(bundle), artifact, policy, now);

    /// <summary>Verifies one layer of a cosign signature (tag <c>.sig</c> or a referrer) or attestation (tag <c>.att</c>).</summary>
    /// <param name="layer">The layer's descriptor with its annotations, from a manifest whose digest was checked.</param>
    /// <param name="blob">The layer.</param>
    /// <param name="artifact">What it must be of.</param>
    /// <param name="policy">What is asked.</param>
    /// <param name="now">The present time.</param>
    public static Verdict VerifyLayer(Descriptor layer, ReadOnlyMemory<byte> blob, SignedArtifact artifact, SigstorePolicy policy, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(layer);
        return Verify("cosign signature", () => CosignLayer.Read(layer, blob), artifact, policy, now);
    }

    private static Verdict Verify(string kind, Func<SigstoreEvidence> read, SignedArtifact artifact, SigstorePolicy policy, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(artifact);
        ArgumentNullException.ThrowIfNull(policy);
        return Inquiry.Run(kind, inquiry =>
        {
            var evidence = inquiry.Check("envelope", Read, read, static e => $"well formed, {Words(e)}");
            new SigstoreInquiry(inquiry, evidence, artifact, policy, now).Run();
        });
    }

    private static string Words(SigstoreEvidence evidence) => evidence.Kind switch
    {
        EvidenceKind.SimpleSigning => "a signed document that names the image",
        EvidenceKind.Envelope => "a signed statement",
        _ => "a signature over the artifact itself",
    };
}
