using Skerry.Oci.Trust.Certificates;

namespace Skerry.Oci.Trust.Sigstore;

/// <summary>What bundles and cosign's layers both come to: what was signed, the signatures, and what vouches for key and time.</summary>
internal sealed record SigstoreEvidence
{
    public required EvidenceKind Kind { get; init; }

    /// <summary>Whether it came as a Sigstore bundle, which says by itself whether a key or a certificate is meant.</summary>
    public bool IsBundle { get; init; }

    /// <summary>The document or statement; empty for <see cref="EvidenceKind.Message"/>.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>The bytes that the signature is over; null when they are the artifact's.</summary>
    public ReadOnlyMemory<byte>? Message { get; init; }

    /// <summary>The envelope as it lay in the registry; null where it has no bytes of its own.</summary>
    public ReadOnlyMemory<byte>? RawEnvelope { get; init; }

    /// <summary>At least one; an envelope of several signers has several.</summary>
    public required IReadOnlyList<byte[]> Signatures { get; init; }

    /// <summary>The hash of the artifact that the signer wrote down, if he did.</summary>
    public Digest? MessageDigest { get; init; }

    /// <summary>The signer's certificate first, then what he sent along; empty when a bare key signed.</summary>
    public IReadOnlyList<Certificate> Certificates { get; init; } = [];

    public IReadOnlyList<LogEntry> LogEntries { get; init; } = [];

    /// <summary>Whether each log entry must prove that it is in the log, not only be promised to be.</summary>
    public bool NeedsProof { get; init; }

    /// <summary>Time stamps of RFC 3161.</summary>
    public IReadOnlyList<byte[]> Timestamps { get; init; } = [];

    /// <summary>What the time stamps are over.</summary>
    public ReadOnlyMemory<byte> Stamped { get; init; }
}
