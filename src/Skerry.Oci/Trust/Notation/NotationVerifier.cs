namespace Skerry.Oci.Trust.Notation;

/// <summary>Verifies Notation signatures (Notary Project) by a trust policy of Notary's own kind, wholly offline.</summary>
/// <remarks>Pure: bytes and a time in, a verdict out. Safe to use by several threads. Never throws on hostile evidence.</remarks>
public static class NotationVerifier
{
    /// <param name="envelope">The signature's layer, whose digest was checked.</param>
    /// <param name="mediaType">The layer's media type: <c>application/jose+json</c> or <c>application/cose</c>.</param>
    /// <param name="target">What it must be of.</param>
    /// <param name="trust">Policy, trust stores and what is known of revocations.</param>
    /// <param name="now">The present time.</param>
    public static Verdict Verify(ReadOnlyMemory<byte> envelope, string mediaType, NotationTarget target, NotationTrust trust, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(trust);
        return Inquiry.Run("notation signature", inquiry =>
        {
            var statement = inquiry.Check(
                "trust policy",
                "add a policy for this repository, or one for *",
                () => trust.Policy.For(target.Repository) ?? throw new TrustException($"no policy is for {target.Repository}"),
                s => $"'{s.Name}' (level {s.Level.Name}) is for {target.Repository}");
            if (statement.Level.IsSkip)
            {
                inquiry.Skip("signature", $"the policy '{statement.Name}' skips verification: nothing was checked");
                return;
            }

            var read = inquiry.Check("envelope", "take the signature again from the registry; if it stays so, have the image signed again", () => mediaType switch
            {
                JwsReader.MediaType => JwsReader.Read(envelope),
                CoseReader.MediaType => CoseReader.Read(envelope),
                _ => throw new TrustException($"{mediaType} is no envelope of Notation"),
            }, static e => $"well formed, algorithm {e.Algorithm}");
            new NotationInquiry(inquiry, read, statement, target, trust, now).Run();
        });
    }
}
