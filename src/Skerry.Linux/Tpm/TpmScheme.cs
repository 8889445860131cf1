namespace Skerry.Linux.Tpm;

/// <summary>How a TPM signs (TPM 2.0 Library Part 2, 6.3: TPM_ALG_ID).</summary>
public enum TpmScheme
{
    /// <summary>TPM_ALG_NULL: whoever asks for a signature says how.</summary>
    Any = 0x10,

    /// <summary>TPM_ALG_RSASSA: PKCS #1 v1.5.</summary>
    RsaPkcs1 = 0x14,

    /// <summary>TPM_ALG_RSAPSS.</summary>
    RsaPss = 0x16,

    /// <summary>TPM_ALG_ECDSA.</summary>
    Ecdsa = 0x18,
}
