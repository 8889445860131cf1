namespace Skerry.Oci.Trust.Keys;

/// <summary>What kind of public key it is; a signature of one kind is never tried with a key of another.</summary>
public enum KeyKind
{
    /// <summary>ECDSA on NIST P-256.</summary>
    EcdsaP256,

    /// <summary>ECDSA on NIST P-384.</summary>
    EcdsaP384,

    /// <summary>ECDSA on NIST P-521.</summary>
    EcdsaP521,

    /// <summary>RSA of 2048 to 8192 bits.</summary>
    Rsa,

    /// <summary>Ed25519 (RFC 8032, pure).</summary>
    Ed25519,
}
