namespace Skerry.Linux.Pkcs11;

/// <summary>Attributes of objects (pkcs11t.h, CKA_*).</summary>
public enum Pkcs11Attribute
{
    /// <summary>CKA_CLASS: a <see cref="Pkcs11Class"/>.</summary>
    Class = 0x0,

    /// <summary>CKA_LABEL.</summary>
    Label = 0x3,

    /// <summary>CKA_VALUE: of a certificate its DER.</summary>
    Value = 0x11,

    /// <summary>CKA_KEY_TYPE: a <see cref="Pkcs11KeyType"/>.</summary>
    KeyType = 0x100,

    /// <summary>CKA_ID: what the halves of a pair and their certificate share.</summary>
    Id = 0x102,

    /// <summary>CKA_MODULUS, without a sign.</summary>
    Modulus = 0x120,

    /// <summary>CKA_PUBLIC_EXPONENT, without a sign.</summary>
    PublicExponent = 0x122,

    /// <summary>CKA_EC_PARAMS: DER of the curve.</summary>
    CurveParameters = 0x180,

    /// <summary>CKA_EC_POINT: DER of an octet string with the point.</summary>
    CurvePoint = 0x181,

    /// <summary>CKA_ALWAYS_AUTHENTICATE: each signature asks for the PIN again.</summary>
    AlwaysAuthenticate = 0x202,
}
