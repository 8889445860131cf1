using Skerry.Oci.Trust.Certificates;

namespace Skerry.Oci.Trust.Notation;

/// <summary>What both kinds of envelope say (notaryproject/specifications signature-specification.md).</summary>
internal sealed record NotationEnvelope
{
    public const string PayloadType = "application/vnd.cncf.notary.payload.v1+json";

    /// <summary>Name of the algorithm as JWS has it: <c>ES256</c>, <c>PS384</c> …; COSE's numbers are put into it.</summary>
    public required string Algorithm { get; init; }

    /// <summary>The bytes that the signature is over.</summary>
    public required byte[] SignedBytes { get; init; }

    public required byte[] Signature { get; init; }

    public required byte[] Payload { get; init; }

    /// <summary>Certificates, the signer's first and a root last.</summary>
    public required IReadOnlyList<Certificate> Chain { get; init; }

    public required SigningTimes Times { get; init; }

    /// <summary>A time stamp (RFC 3161) over the signature; null without.</summary>
    public byte[]? Timestamp { get; init; }
}
