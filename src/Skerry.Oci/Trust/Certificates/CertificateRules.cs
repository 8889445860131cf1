using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Certificates;

/// <summary>What must hold for one certificate at its place in a path (RFC 5280 §6.1). Each rule throws with the reason.</summary>
internal static class CertificateRules
{
    private static readonly string[] Understood =
        [Oids.BasicConstraints, Oids.KeyUsage, Oids.ExtendedKeyUsage, Oids.SubjectAltName, Oids.CertificatePolicies, Oids.SignedCertificateTimestamps, Oids.CrlDistributionPoints];

    public static void ValidAt(Certificate certificate, DateTimeOffset time)
    {
        if (!certificate.IsValidAt(time))
        {
            throw new TrustException(time < certificate.NotBefore
                ? $"'{certificate}' is valid only from {Rfc3339.Text(certificate.NotBefore)}, and the time is {Rfc3339.Text(time)}"
                : $"'{certificate}' expired at {Rfc3339.Text(certificate.NotAfter)}, and the time is {Rfc3339.Text(time)}");
        }
    }

    public static void Leaf(Certificate leaf, CertificatePurpose purpose)
    {
        Extensions(leaf);
        var use = Oid(purpose);
        if (leaf.IsAuthority)
        {
            throw new TrustException($"'{leaf}' is an authority, and signs itself");
        }

        if (leaf.Uses is { } uses && !uses.HasFlag(KeyUses.DigitalSignature))
        {
            throw new TrustException($"the key of '{leaf}' is not for signatures");
        }

        if (leaf.ExtendedUses is null || !leaf.ExtendedUses.Contains(use, StringComparer.Ordinal))
        {
            throw new TrustException($"'{leaf}' is not for {Words(purpose)}");
        }

        // RFC 3161 §2.3: that use alone, and critical
        if (purpose == CertificatePurpose.TimeStamping && (leaf.ExtendedUses.Count != 1 || !leaf.Extension(Oids.ExtendedKeyUsage)!.IsCritical))
        {
            throw new TrustException($"'{leaf}' is not for time stamps alone");
        }
    }

    /// <param name="below">How many intermediates that are not self-issued stand between this authority and the leaf.</param>
    public static void Authority(Certificate authority, int below, CertificatePurpose purpose)
    {
        Extensions(authority);
        if (!authority.IsAuthority)
        {
            throw new TrustException($"'{authority}' signed a certificate and is no authority (CA:TRUE is missing)");
        }

        if (authority.Uses is { } uses && !uses.HasFlag(KeyUses.KeyCertSign))
        {
            throw new TrustException($"the key of '{authority}' is not for signing certificates");
        }

        if (authority.PathLength is { } most && below > most)
        {
            throw new TrustException($"'{authority}' allows {most} authorities below it, here are {below}");
        }

        if (authority.ExtendedUses is { } extended && !extended.Contains(Oid(purpose), StringComparer.Ordinal) && !extended.Contains(Oids.AnyExtendedKeyUsage, StringComparer.Ordinal))
        {
            throw new TrustException($"'{authority}' is no authority for {Words(purpose)}");
        }
    }

    public static void Extensions(Certificate certificate)
    {
        foreach (var extension in certificate.Extensions)
        {
            if (extension.IsCritical && !Understood.Contains(extension.Oid, StringComparer.Ordinal))
            {
                throw new TrustException($"'{certificate}' has the critical extension {extension.Oid}, which is not understood");
            }
        }
    }

    private static string Oid(CertificatePurpose purpose) => purpose == CertificatePurpose.CodeSigning ? Oids.CodeSigning : Oids.TimeStamping;

    private static string Words(CertificatePurpose purpose) => purpose == CertificatePurpose.CodeSigning ? "signing code" : "time stamps";
}
