namespace Skerry.Oci.Trust.Certificates;

/// <summary>Finds the path from a certificate to a root that is trusted, and checks every certificate on it.</summary>
/// <remarks>
/// Only what is given is used: nothing is fetched, no store of the machine is asked. Every certificate, the root too, must be
/// valid at the one time that is given. Intermediates are told by name and signature; the search is bounded.
/// </remarks>
internal sealed class CertificatePath
{
    private readonly IReadOnlyList<Certificate> _pool;
    private readonly IReadOnlyList<Certificate> _roots;
    private readonly CertificatePurpose _purpose;
    private readonly DateTimeOffset _time;
    private int _attempts;
    private TrustException? _reason;

    private CertificatePath(IReadOnlyList<Certificate> pool, IReadOnlyList<Certificate> roots, CertificatePurpose purpose, DateTimeOffset time) =>
        (_pool, _roots, _purpose, _time) = (pool, roots, purpose, time);

    /// <summary>The path, leaf first and root last.</summary>
    /// <exception cref="TrustException">There is none; says what stood in the way.</exception>
    public static IReadOnlyList<Certificate> Find(
        Certificate leaf, IReadOnlyList<Certificate> pool, IReadOnlyList<Certificate> roots, CertificatePurpose purpose, DateTimeOffset time)
    {
        CertificateRules.Leaf(leaf, purpose);
        CertificateRules.ValidAt(leaf, time);
        var search = new CertificatePath([.. pool.Take(TrustLimits.MaxCertificates)], roots, purpose, time);
        var path = new List<Certificate> { leaf };
        return roots.Any(leaf.IsSame) || search.Extend(path) ? path : throw search._reason ?? new TrustException($"nobody who is trusted issued '{leaf}' (its issuer is '{leaf.Issuer}')");
    }

    private bool Extend(List<Certificate> path)
    {
        var current = path[^1];
        foreach (var root in _roots)
        {
            if (Issued(root, path))
            {
                path.Add(root);
                return true;
            }
        }

        if (path.Count + 1 >= TrustLimits.MaxPath)
        {
            return false;
        }

        foreach (var candidate in _pool)
        {
            if (!path.Exists(candidate.IsSame) && !candidate.IsSame(current) && Issued(candidate, path))
            {
                path.Add(candidate);
                if (Extend(path))
                {
                    return true;
                }

                path.RemoveAt(path.Count - 1);
            }
        }

        return false;
    }

    private bool Issued(Certificate issuer, List<Certificate> path)
    {
        var current = path[^1];
        if (!issuer.Subject.IsSame(current.Issuer) || ++_attempts > TrustLimits.MaxPathAttempts)
        {
            return false;
        }

        try
        {
            if (!current.IsSignedBy(issuer.Key))
            {
                throw new TrustException($"'{current}' names '{issuer}' as its issuer, and is not signed by its key");
            }

            CertificateRules.Authority(issuer, path.Skip(1).Count(static c => !c.IsSelfIssued), _purpose);
            CertificateRules.ValidAt(issuer, _time);
            return true;
        }
        catch (TrustException e)
        {
            _reason = e;
            return false;
        }
        catch (OciFormatException e)
        {
            _reason = new TrustException($"'{issuer}': {e.Message}");
            return false;
        }
    }
}
