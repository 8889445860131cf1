namespace Skerry.Oci.Trust.Certificates;

/// <summary>An extension of a certificate as it is written there.</summary>
internal sealed record CertificateExtension(string Oid, bool IsCritical, ReadOnlyMemory<byte> Value);
