namespace Skerry.Oci.Trust.Certificates;

/// <summary>What a key may be used for (RFC 5280 §4.2.1.3; bit 0 is the highest of the first byte).</summary>
[Flags]
internal enum KeyUses
{
    None = 0,
    DigitalSignature = 1 << 0,
    ContentCommitment = 1 << 1,
    KeyEncipherment = 1 << 2,
    DataEncipherment = 1 << 3,
    KeyAgreement = 1 << 4,
    KeyCertSign = 1 << 5,
    CrlSign = 1 << 6,
    EncipherOnly = 1 << 7,
    DecipherOnly = 1 << 8,
}
