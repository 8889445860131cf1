namespace Skerry.Oci.Trust.Policies;

/// <summary>One signature that was tried for a signer.</summary>
/// <param name="Place">Where it was found, in words.</param>
/// <param name="Document">The digest that it was tried for.</param>
/// <param name="Verdict">What came of it.</param>
public sealed record TriedSignature(string Place, Digest Document, Verdict Verdict);
