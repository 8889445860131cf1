namespace Skerry.Oci.Trust.Notation;

/// <summary>What the certificates of a trust store are trusted for.</summary>
public enum TrustStoreKind
{
    /// <summary>Signing by publishers (<c>ca</c>).</summary>
    Authority,

    /// <summary>Signing by a service that vouches for the time too (<c>signingAuthority</c>).</summary>
    SigningAuthority,

    /// <summary>Time stamps (<c>tsa</c>).</summary>
    Timestamping,
}
