using Skerry.Oci.Trust.Revocation;

namespace Skerry.Oci.Trust.Notation;

/// <summary>Whom a node trusts for Notation signatures, and what it knows of revoked certificates.</summary>
public sealed record NotationTrust(NotationTrustPolicy Policy, IReadOnlyList<TrustStore> Stores)
{
    /// <summary>Revocation lists and OCSP answers on disk.</summary>
    public RevocationEvidence Revocation { get; init; } = RevocationEvidence.None;
}
