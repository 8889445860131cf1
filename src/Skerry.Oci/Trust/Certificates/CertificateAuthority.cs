namespace Skerry.Oci.Trust.Certificates;

/// <summary>An authority that is trusted: its root, what stands between the root and what it issues, and when it is to be trusted.</summary>
/// <param name="Root">The certificate that trust ends at.</param>
/// <param name="Intermediates">Certificates below the root; may be empty.</param>
public sealed record CertificateAuthority(Certificate Root, IReadOnlyList<Certificate> Intermediates, ValidPeriod ValidFor)
{
    /// <summary>An authority of a chain, its root last, that is trusted for as long as its certificates are valid.</summary>
    public static CertificateAuthority Of(IReadOnlyList<Certificate> chain)
    {
        ArgumentNullException.ThrowIfNull(chain);
        return new CertificateAuthority(chain[^1], [.. chain.SkipLast(1)], new ValidPeriod(DateTimeOffset.MinValue, null));
    }
}
