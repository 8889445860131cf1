namespace Skerry.Oci.Trust.Revocation;

/// <summary>What is known of one certificate.</summary>
internal enum RevocationState
{
    Good,
    Revoked,
    Unknown,

    /// <summary>The certificate names neither a list nor a responder: its authority cannot revoke it.</summary>
    NotRevocable,
}
