namespace Skerry.Oci.Trust.Revocation;

/// <summary>What is known of revoked certificates: files that were fetched earlier and are kept. Nothing is asked of a network.</summary>
public sealed record RevocationEvidence
{
    /// <summary>Nothing is known.</summary>
    public static RevocationEvidence None { get; } = new();

    /// <summary>Certificate revocation lists in DER (RFC 5280 §5).</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Lists { get; init; } = [];

    /// <summary>Answers of OCSP responders in DER (RFC 6960).</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Answers { get; init; } = [];
}
