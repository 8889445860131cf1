namespace Skerry.Oci.Trust.Policies;

/// <summary>The steps of one part of a decision.</summary>
/// <param name="Title">"policy", "signer release", "attestation …".</param>
/// <param name="Steps">What was checked there, in order.</param>
public sealed record TrustSection(string Title, IReadOnlyList<TrustStep> Steps);
