namespace Skerry.Linux.Tpm;

/// <summary>The public half of a key in a TPM, and what the TPM would do with the private one.</summary>
/// <param name="IsRsa">RSA; else a curve.</param>
/// <param name="Bits">Of the modulus or the curve.</param>
/// <param name="First">The modulus; of a curve the point's x.</param>
/// <param name="Second">The exponent; of a curve the point's y.</param>
/// <param name="Scheme">The only one that the key signs by.</param>
/// <param name="HashBits">The only hash of SHA-2 that it signs; 0: any, or one that is not of SHA-2.</param>
/// <param name="Attributes">TPMA_OBJECT.</param>
public sealed record TpmPublicKey(bool IsRsa, int Bits, ReadOnlyMemory<byte> First, ReadOnlyMemory<byte> Second, TpmScheme Scheme, int HashBits, uint Attributes)
{
    /// <summary>It signs at all (Part 2, 8.3: bit 18).</summary>
    public bool Signs => (Attributes & (1u << 18)) != 0;

    /// <summary>It signs only what the TPM itself made, as keys for attestation do (bit 16).</summary>
    public bool IsRestricted => (Attributes & (1u << 16)) != 0;

    /// <summary>It can be used by its authorization value; else by a policy alone (bit 6).</summary>
    public bool TakesAuthorization => (Attributes & (1u << 6)) != 0;
}
