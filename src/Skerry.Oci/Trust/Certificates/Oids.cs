namespace Skerry.Oci.Trust.Certificates;

/// <summary>Object identifiers of certificates.</summary>
internal static class Oids
{
    // RFC 5280 §4.2
    public const string BasicConstraints = "2.5.29.19";
    public const string KeyUsage = "2.5.29.15";
    public const string ExtendedKeyUsage = "2.5.29.37";
    public const string SubjectAltName = "2.5.29.17";
    public const string CertificatePolicies = "2.5.29.32";
    public const string CrlDistributionPoints = "2.5.29.31";
    public const string AuthorityInfoAccess = "1.3.6.1.5.5.7.1.1";
    public const string AnyExtendedKeyUsage = "2.5.29.37.0";
    public const string CodeSigning = "1.3.6.1.5.5.7.3.3";
    public const string TimeStamping = "1.3.6.1.5.5.7.3.8";
    public const string OcspSigning = "1.3.6.1.5.5.7.3.9";
    public const string OcspAccess = "1.3.6.1.5.5.7.48.1";

    // RFC 6962 §3.3
    public const string SignedCertificateTimestamps = "1.3.6.1.4.1.11129.2.4.2";

    // Fulcio's registry of object identifiers (sigstore/fulcio docs/oid-info.md)
    public const string FulcioIssuerV1 = "1.3.6.1.4.1.57264.1.1";
    public const string FulcioIssuerV2 = "1.3.6.1.4.1.57264.1.8";
    public const string FulcioOtherName = "1.3.6.1.4.1.57264.1.7";
}
