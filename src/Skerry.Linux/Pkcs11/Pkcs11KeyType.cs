namespace Skerry.Linux.Pkcs11;

/// <summary>Kinds of keys (pkcs11t.h, CKK_*).</summary>
public enum Pkcs11KeyType
{
    /// <summary>CKK_RSA.</summary>
    Rsa = 0x0,

    /// <summary>CKK_EC: the curves of Weierstrass' form.</summary>
    Ec = 0x3,

    /// <summary>CKK_EC_EDWARDS: Ed25519 and Ed448.</summary>
    Edwards = 0x40,
}
