namespace Skerry.Oci.Trust.Policies;

/// <summary>What was found of one signer.</summary>
/// <param name="Signer">Who was looked for.</param>
/// <param name="Tried">Every signature that was tried, in order.</param>
/// <param name="Met">The verdict that is a yes; null when there is none.</param>
/// <param name="Document">What was signed: the digest of the manifest or of the index that led to it.</param>
/// <param name="Nothing">What to say when nothing was tried.</param>
public sealed record SignerFinding(TrustSigner Signer, IReadOnlyList<TriedSignature> Tried, Verdict? Met, Digest Document, string Nothing)
{
    /// <summary>What content trust learnt and is to be kept; null for other signers.</summary>
    public ContentTrust.ContentTrustState? State { get; init; }

    /// <summary>The try that came furthest: where somebody who wonders should look first.</summary>
    public TriedSignature? Nearest => Tried.Count == 0 ? null : Tried.MaxBy(static t => t.Verdict.Steps.Count);

    /// <summary>In a part of a sentence: who signed, or why nobody did.</summary>
    public string Said => Met is { } met ? $"signed by {met.Signer?.Subject ?? Signer.Name}"
        : Nearest is { } near ? $"{near.Place}: {near.Verdict.Failure?.Name}: {near.Verdict.Failure?.Why}"
        : Nothing;

    /// <summary>Tells one signer from another, so that nobody counts twice: a certificate's name, or the key.</summary>
    internal string? Identity => Met?.Signer is not { } who ? null : who.Issuer is { } issuer ? $"{issuer}\n{who.Subject}" : who.KeyId ?? who.Subject;
}
