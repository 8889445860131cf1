namespace Skerry.Linux.Pkcs11;

/// <summary>Kinds of objects (pkcs11t.h, CKO_*).</summary>
public enum Pkcs11Class
{
    /// <summary>CKO_CERTIFICATE.</summary>
    Certificate = 1,

    /// <summary>CKO_PUBLIC_KEY.</summary>
    PublicKey = 2,

    /// <summary>CKO_PRIVATE_KEY.</summary>
    PrivateKey = 3,
}
