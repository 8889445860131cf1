namespace Skerry.Oci.Trust;

/// <summary>Who made a signature, as far as the verification proved it.</summary>
/// <param name="Subject">The name: a subject of a certificate, a key id, a role with its keys.</param>
public sealed record Signer(string Subject)
{
    /// <summary>Who vouches for the name: an OIDC issuer, the subject of a root; null for a bare key.</summary>
    public string? Issuer { get; init; }

    /// <summary>SHA-256 of the public key's SubjectPublicKeyInfo in lower-case hex; null where several keys signed.</summary>
    public string? KeyId { get; init; }
}
