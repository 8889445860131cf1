using Skerry.Oci.Trust.Certificates;

namespace Skerry.Oci.Trust.Revocation;

/// <summary>Asks what is on disk whether a certificate is revoked.</summary>
internal static class RevocationCheck
{
    private const int MaxFiles = 256;

    /// <summary>One word that it is revoked is enough; without a word that it is good the state is unknown.</summary>
    public static RevocationFinding Of(Certificate certificate, Certificate issuer, RevocationEvidence evidence, DateTimeOffset now)
    {
        var findings = new List<RevocationFinding>();
        findings.AddRange(evidence.Answers.Take(MaxFiles).Select(a => Try(() => OcspAnswer.Find(a, certificate, issuer, now))).OfType<RevocationFinding>());
        findings.AddRange(evidence.Lists.Take(MaxFiles).Select(l => Try(() => RevocationList.Find(l, certificate, issuer, now))).OfType<RevocationFinding>());
        foreach (var state in (RevocationState[])[RevocationState.Revoked, RevocationState.Good])
        {
            if (findings.Exists(f => f.State == state))
            {
                return findings.Find(f => f.State == state);
            }
        }

        return certificate.Extension(Oids.CrlDistributionPoints) is null && certificate.Extension(Oids.AuthorityInfoAccess) is null
            ? new RevocationFinding(RevocationState.NotRevocable, $"'{certificate}' names neither a revocation list nor a responder")
            : findings.Count > 0 ? findings[0] : new RevocationFinding(RevocationState.Unknown, $"no revocation list and no OCSP answer on '{certificate}' is on disk");
    }

    private static RevocationFinding? Try(Func<RevocationFinding?> find)
    {
        try
        {
            return find();
        }
        catch (Exception e) when (Inquiry.IsRefusal(e))
        {
            return new RevocationFinding(RevocationState.Unknown, e.Message);
        }
    }
}
