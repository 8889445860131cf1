namespace Skerry.Oci.Trust.ContentTrust;

/// <summary>A verdict, and what is to be kept for the next time.</summary>
/// <param name="State">The new state; null when nothing that is worth keeping was learnt. A root that was rotated counts even when the verdict is no.</param>
public sealed record ContentTrustResult(Verdict Verdict, ContentTrustState? State);
