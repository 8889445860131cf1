using Skerry.Oci.Trust.Certificates;
using Skerry.Oci.Trust.Revocation;
using Skerry.Oci.Trust.Strict;
using Skerry.Oci.Trust.Timestamps;

namespace Skerry.Oci.Trust.Notation;

/// <summary>One verification of a Notation envelope.</summary>
/// <remarks>
/// In the order of trust-store-trust-policy.md, "Signature Evaluation": 1. integrity; 2. authenticity; 3. authentic timestamp;
/// 4. expiry; 5. revocation; and always, 6. that the payload is about this image.
/// </remarks>
internal sealed class NotationInquiry(Inquiry inquiry, NotationEnvelope envelope, NotationStatement statement, NotationTarget target, NotationTrust trust, DateTimeOffset now)
{
    private readonly IReadOnlyList<Certificate> _chain = envelope.Chain;

    public void Run()
    {
        inquiry.Check("integrity", "have the image signed again", Integrity); // 1
        var level = statement.Level;
        Take(level.Authenticity, "authenticity", "put the signer's root into a trust store of the policy and his subject among its identities, if you trust him", Authenticity); // 2
        Take(level.Timestamp, "authentic timestamp", "have the image signed again with a certificate that is valid, or with a time stamp whose authority is in a tsa store", Timestamp); // 3
        Take(level.Expiry, "expiry", "have the image signed again", Expiry); // 4
        Take(level.Revocation, "revocation", "fetch the authority's revocation list or OCSP answer; if the certificate is revoked, have the image signed with another", Revocation); // 5
        inquiry.Annotations = inquiry.Check("image", "this signature was made for something else or without this metadata; sign this image", // 6
            () => NotationPayload.Check(envelope.Payload, target), static a => $"the signature is about this image, with {a.Count} annotation(s)");
    }

    private void Take(NotationAction action, string name, string mend, Func<string> check)
    {
        switch (action)
        {
            case NotationAction.Enforce:
                inquiry.Check(name, mend, check);
                break;
            case NotationAction.Log:
                inquiry.Warn(name, mend, check);
                break;
            default:
                inquiry.Skip(name, $"the policy '{statement.Name}' skips it");
                break;
        }
    }

    private string Integrity()
    {
        NotationChain.Check(_chain);
        var key = _chain[0].Key;
        var (name, scheme) = NotationChain.Algorithm(key);
        if (envelope.Algorithm != name)
        {
            throw new TrustException($"the envelope names the algorithm {envelope.Algorithm}, and the key of the certificate goes with {name} alone");
        }

        if (!key.Verify(scheme, envelope.SignedBytes, envelope.Signature))
        {
            throw new TrustException("the signature is not by the key of its certificate, or what was signed was changed");
        }

        inquiry.Signer = new Signer(_chain[0].SubjectText) { Issuer = _chain[^1].SubjectText, KeyId = key.Id };
        return $"signed by the key of '{_chain[0]}' ({name})";
    }

    private string Authenticity()
    {
        var kind = envelope.Times.IsByAuthority ? TrustStoreKind.SigningAuthority : TrustStoreKind.Authority;
        var stores = Stores(kind);
        var trusted = stores.SelectMany(s => s.Certificates.Select(c => (Store: s, Certificate: c))).FirstOrDefault(t => _chain.Any(t.Certificate.IsSame));
        if (trusted.Store is null)
        {
            throw new TrustException($"no certificate of the chain is in a store of kind {TrustStore.Prefix(kind)} that the policy '{statement.Name}' names; the chain ends at '{_chain[^1]}'");
        }

        var subject = _chain[0].Subject;
        return statement.Identities.Any(i => i.Matches(subject))
            ? $"'{trusted.Certificate}' is in the store {trusted.Store.Key}, and '{_chain[0]}' may sign"
            : throw new TrustException($"'{_chain[0]}' is none of the policy's identities: {string.Join("; ", statement.Identities.Take(8))}");
    }

    private string Timestamp()
    {
        if (envelope.Times.IsByAuthority)
        {
            ValidAt(envelope.Times.SignedAt);
            inquiry.SignedAt = envelope.Times.SignedAt;
            return $"the signing authority says {Rfc3339.Text(envelope.Times.SignedAt)}, when all certificates were valid";
        }

        var stores = Stores(TrustStoreKind.Timestamping);
        var expired = !_chain.All(c => c.IsValidAt(now));
        if (stores.Count == 0 || statement.StampsOnlyAfterExpiry && !expired)
        {
            ValidAt(now);
            inquiry.Until(_chain.Min(static c => c.NotAfter));
            return $"all certificates are valid now; the first to expire does at {Rfc3339.Text(_chain.Min(static c => c.NotAfter))}";
        }

        if (envelope.Timestamp is not { } token)
        {
            throw new TrustException("the policy asks for a time stamp, and the signature has none");
        }

        var authorities = stores.SelectMany(static s => s.Certificates).Select(static c => CertificateAuthority.Of([c])).ToList();
        var time = TimestampToken.Verify(token, envelope.Signature, authorities);
        ValidAt(time.Earliest);
        ValidAt(time.Latest);
        inquiry.SignedAt = time.Time;
        return $"{Rfc3339.Text(time.Time)} by {time.Source}, when all certificates were valid";
    }

    private void ValidAt(DateTimeOffset time)
    {
        foreach (var certificate in _chain)
        {
            CertificateRules.ValidAt(certificate, time);
        }
    }

    private string Expiry()
    {
        if (envelope.Times.Expiry is not { } end)
        {
            return "the signature does not expire";
        }

        inquiry.Until(end);
        return now < end ? $"the signature expires at {Rfc3339.Text(end)}" : throw new TrustException($"the signature expired at {Rfc3339.Text(end)}");
    }

    private string Revocation()
    {
        for (var i = 0; i < _chain.Count - 1; i++)
        {
            var finding = RevocationCheck.Of(_chain[i], _chain[i + 1], trust.Revocation, now);
            if (finding.State is RevocationState.Revoked or RevocationState.Unknown)
            {
                throw new TrustException(finding.Why);
            }

            if (finding.GoodUntil is { } end)
            {
                inquiry.Until(end);
            }
        }

        return _chain.Count == 1 ? "a certificate that signed itself has nobody who could revoke it" : "no certificate of the chain is revoked";
    }

    private List<TrustStore> Stores(TrustStoreKind kind) =>
        [.. statement.Stores.Where(s => s.StartsWith(TrustStore.Prefix(kind) + ":", StringComparison.Ordinal))
            .Select(s => trust.Stores.FirstOrDefault(t => t.Key == s) ?? throw new TrustException($"the trust store {s} of the policy '{statement.Name}' is not there"))];
}
