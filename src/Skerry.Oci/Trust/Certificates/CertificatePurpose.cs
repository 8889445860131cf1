namespace Skerry.Oci.Trust.Certificates;

/// <summary>What a certificate is used for, which its extended key usage must allow.</summary>
internal enum CertificatePurpose
{
    CodeSigning,
    TimeStamping,
}
