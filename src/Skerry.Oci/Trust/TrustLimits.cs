namespace Skerry.Oci.Trust;

/// <summary>Bounds for evidence, which comes from strangers. Sizes are bytes.</summary>
public static class TrustLimits
{
    /// <summary>Largest envelope, bundle or signed payload.</summary>
    public const int MaxEnvelope = 1024 * 1024;

    /// <summary>Largest attestation: a software bill of materials in an envelope.</summary>
    public const int MaxAttestation = 16 * 1024 * 1024;

    /// <summary>Largest trust document: a trusted root, a trust policy, metadata of content trust.</summary>
    public const int MaxDocument = 4 * 1024 * 1024;

    /// <summary>Largest certificate.</summary>
    public const int MaxCertificate = 32 * 1024;

    /// <summary>Largest revocation list.</summary>
    public const int MaxRevocationList = 8 * 1024 * 1024;

    /// <summary>Most certificates of one chain or pool.</summary>
    public const int MaxCertificates = 16;

    /// <summary>Longest path from a leaf to its root, both counted.</summary>
    public const int MaxPath = 8;

    /// <summary>Most signatures that are tried while a path is looked for.</summary>
    public const int MaxPathAttempts = 64;

    /// <summary>Most signatures of one envelope or metadata file.</summary>
    public const int MaxSignatures = 32;

    /// <summary>Largest signature: RSA of 8192 bits.</summary>
    public const int MaxSignature = 1024;

    /// <summary>Most log entries, and most time stamps, of one bundle.</summary>
    public const int MaxLogEntries = 16;

    /// <summary>Most hashes of an inclusion proof: a tree of 2^63 leaves.</summary>
    public const int MaxProofHashes = 63;

    /// <summary>Most annotations of one signature.</summary>
    public const int MaxAnnotations = 256;

    /// <summary>Most roots that are walked from the one that is trusted to the newest.</summary>
    public const int MaxRootRotations = 64;

    /// <summary>Most roles that are visited for one target.</summary>
    public const int MaxDelegations = 32;
}
