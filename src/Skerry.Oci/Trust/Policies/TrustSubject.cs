namespace Skerry.Oci.Trust.Policies;

/// <summary>The image that is judged.</summary>
/// <param name="Reference">The name that was asked for; null for one that has no name.</param>
/// <param name="Documents">
/// What the name was resolved to, once: the index first where there is one, the manifest that runs last. Each names the next by
/// digest, so a signature of any of them is one of what runs.
/// </param>
public sealed record TrustSubject(ImageReference? Reference, IReadOnlyList<Descriptor> Documents)
{
    /// <summary>The manifest that runs.</summary>
    public Descriptor Manifest => Documents[^1];

    /// <summary>The name, else the digest.</summary>
    public override string ToString() => Reference is null ? Manifest.Digest.ToString()
        : Reference.Digest is null ? $"{Reference} ({Manifest.Digest})" : Reference.ToString();
}
