namespace Skerry.Oci.Trust.ContentTrust;

/// <summary>What is asked of content trust.</summary>
public sealed record ContentTrustPolicy
{
    /// <summary>
    /// Ids of root keys that are trusted: as <c>notary key list</c> shows them (of the bare key) or as root.json has them (of the
    /// certificate), or SHA-256 of the public key. Empty: none is pinned.
    /// </summary>
    public IReadOnlyList<string> RootKeys { get; init; } = [];

    /// <summary>Whether the first root that is seen is trusted when no key is pinned.</summary>
    public bool TrustOnFirstUse { get; init; }

    /// <summary>Roles that may sign an image, the first that names it counts. Docker's two by default.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [RoleName.Releases, RoleName.Targets];
}
