namespace Skerry.Oci.Trust.ContentTrust;

/// <summary>Verifies an image by Docker Content Trust (Notary v1: TUF before its 1.0), from a trust server's files.</summary>
/// <remarks>Pure but for the source that it reads from. Never throws on hostile metadata; what the source throws, it throws.</remarks>
public static class ContentTrustVerifier
{
    /// <param name="gun">The image's name there: <see cref="Gun.Of"/>.</param>
    /// <param name="tag">The tag that was asked for.</param>
    /// <param name="manifest">The manifest that the tag led to.</param>
    /// <param name="source">Where the metadata is.</param>
    /// <param name="policy">What is asked.</param>
    /// <param name="state">What was trusted last; null for the first time.</param>
    /// <param name="now">The present time.</param>
    public static ContentTrustResult Verify(string gun, string tag, Descriptor manifest, IContentTrustSource source, ContentTrustPolicy policy, ContentTrustState? state, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(gun);
        ArgumentNullException.ThrowIfNull(tag);
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(policy);
        ContentTrustInquiry? run = null;
        var verdict = Inquiry.Run("content trust", inquiry =>
        {
            run = new ContentTrustInquiry(inquiry, gun, source, policy, state, now);
            run.Verify(tag, manifest);
        });
        return new ContentTrustResult(verdict, run?.State(verdict.IsTrusted));
    }
}
