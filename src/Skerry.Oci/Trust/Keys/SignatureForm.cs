namespace Skerry.Oci.Trust.Keys;

/// <summary>The algorithm of a signature and how its bytes are laid out.</summary>
public enum SignatureForm
{
    /// <summary>ECDSA, r and s in DER (RFC 3279 §2.2.3): X.509, cosign, Rekor.</summary>
    EcdsaDer,

    /// <summary>ECDSA, r and s side by side (IEEE P1363): JWS, COSE, Notary v1.</summary>
    EcdsaRaw,

    /// <summary>RSA with PKCS #1 v1.5 padding.</summary>
    RsaPkcs1,

    /// <summary>RSA with PSS padding, the salt as long as the hash.</summary>
    RsaPss,

    /// <summary>Ed25519 over the message itself.</summary>
    Ed25519,
}
