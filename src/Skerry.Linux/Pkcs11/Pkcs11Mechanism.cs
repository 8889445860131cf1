namespace Skerry.Linux.Pkcs11;

/// <summary>How a key signs (pkcs11t.h, CKM_*).</summary>
/// <param name="Number">CKM_*.</param>
/// <param name="PssHashBits">For PSS: the hash of SHA-2 that the data is, with a salt as long; else 0.</param>
public readonly record struct Pkcs11Mechanism(uint Number, int PssHashBits = 0)
{
    /// <summary>CKM_RSA_PKCS over a DigestInfo.</summary>
    public static Pkcs11Mechanism RsaPkcs1 => new(0x1);

    /// <summary>CKM_ECDSA over a hash; r and s side by side.</summary>
    public static Pkcs11Mechanism Ecdsa => new(0x1041);

    /// <summary>CKM_EDDSA over the message, without a parameter: Ed25519.</summary>
    public static Pkcs11Mechanism EdDsa => new(0x1057);

    /// <summary>CKM_RSA_PKCS_PSS over a hash.</summary>
    public static Pkcs11Mechanism RsaPss(int hashBits) => new(0xd, hashBits);
}
