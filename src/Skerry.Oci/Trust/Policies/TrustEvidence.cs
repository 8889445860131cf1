using Skerry.Oci.Distribution;
using Skerry.Oci.Trust.ContentTrust;

namespace Skerry.Oci.Trust.Policies;

/// <summary>What there is to verify an image with. Nothing of it is trusted.</summary>
/// <param name="Signatures">Layers of signatures and attestations.</param>
public sealed record TrustEvidence(IReadOnlyList<FoundSignature> Signatures)
{
    /// <summary>Most signatures that are tried for one signer: whoever floods a registry gets no more of the node's time.</summary>
    public const int MaxAttempts = 128;

    /// <summary>No evidence at all.</summary>
    public static TrustEvidence None { get; } = new([]);

    /// <summary>One sentence for each thing that looked like a signature and could not be taken.</summary>
    public IReadOnlyList<string> PassedOver { get; init; } = [];

    /// <summary>Where the metadata of content trust is for a signer and an image's name there, and what was trusted last; null: nowhere.</summary>
    public Func<ContentTrustSigner, string, (IContentTrustSource Source, ContentTrustState? State)?> ContentTrust { get; init; } = static (_, _) => null;

    /// <summary>What is asked of a verdict that is a yes beyond the signature itself; makes it a no where that does not hold.</summary>
    internal Func<Verdict, Verdict> Refine { get; init; } = static verdict => verdict;
}
