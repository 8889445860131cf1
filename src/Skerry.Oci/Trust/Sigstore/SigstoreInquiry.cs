using System.Security.Cryptography;
using Skerry.Oci.Trust.Certificates;
using Skerry.Oci.Trust.Keys;
using Skerry.Oci.Trust.Strict;
using Skerry.Oci.Trust.Timestamps;

namespace Skerry.Oci.Trust.Sigstore;

/// <summary>One verification of Sigstore evidence.</summary>
/// <remarks>
/// 1. the signature is by a key of the policy, or by the key of the certificate; 2. logs have it; 3. time stamps are over it;
/// 4. the certificate leads to an authority at every proven time; 5. logs of certificates vouch for it; 6. its identity is one of
/// the policy's; 7. what was signed is about this artifact, and says what the policy asks.
/// </remarks>
internal sealed class SigstoreInquiry(Inquiry inquiry, SigstoreEvidence evidence, SignedArtifact artifact, SigstorePolicy policy, DateTimeOffset now)
{
    private readonly List<ProvenTime> _times = [];
    private readonly List<TransparencyLog> _timeless = []; // logs that have the signature and say no time

    public void Run()
    {
        var certificate = Signer();
        var key = Signature(certificate); // 1
        LogEntries(key, certificate); // 2
        Timestamps(); // 3
        Logs();
        if (certificate is not null)
        {
            var issuer = Chain(certificate); // 4
            CertificateLogs(certificate, issuer); // 5
            Identity(certificate); // 6
        }

        Content(); // 7
    }

    /// <summary>The certificate that is to be judged; null where a key of the policy must have signed.</summary>
    private Certificate? Signer()
    {
        if (policy.Keys.Count > 0 && policy.Identities.Count > 0)
        {
            throw new TrustException("the policy names keys and identities for one signature: ask for each by itself");
        }

        return inquiry.Check<Certificate?>("who may sign", "name a key or an identity in the trust policy that fits how the image is signed", () =>
        {
            if (policy.Identities.Count > 0)
            {
                return evidence.Certificates.Count > 0 ? evidence.Certificates[0] : throw new TrustException("the policy names identities, and the signature is by a bare key without a certificate");
            }

            return policy.Keys.Count == 0 ? throw new TrustException("the policy names neither a key nor an identity")
                : evidence.IsBundle && evidence.Certificates.Count > 0 ? throw new TrustException("the policy names keys, and the bundle is signed with a certificate")
                : null;
        }, c => c is null ? $"one of {policy.Keys.Count} key(s)" : $"one of {policy.Identities.Count} identities, by a certificate");
    }

    private PublicKey Signature(Certificate? certificate) => inquiry.Check(
        "signature",
        "the signature is not by the key that is trusted, or what was signed was changed; have the image signed again, or trust the key that signed it",
        () =>
        {
            foreach (var key in certificate is null ? policy.Keys : [certificate.Key])
            {
                if (evidence.Signatures.Any(s => Schemes(key).Any(scheme => IsSignature(key, scheme, s))))
                {
                    inquiry.Signer = new Signer(key.ToString()) { KeyId = key.Id };
                    return key;
                }
            }

            throw new TrustException(certificate is null ? $"it is by none of the {policy.Keys.Count} key(s) of the policy" : "it is not by the key of its certificate");
        },
        static key => $"by {key}");

    /// <summary>The schemes that cosign and its kin use with a kind of key: nothing in the evidence chooses.</summary>
    private static SignatureScheme[] Schemes(PublicKey key) => key.Kind switch
    {
        KeyKind.Ed25519 => [SignatureScheme.Ed25519],
        KeyKind.Rsa => [new(SignatureForm.RsaPkcs1, HashAlgorithmName.SHA256), new(SignatureForm.RsaPss, HashAlgorithmName.SHA256)],
        KeyKind.EcdsaP256 => [new(SignatureForm.EcdsaDer, HashAlgorithmName.SHA256)],
        _ => [new(SignatureForm.EcdsaDer, key.NaturalHash), new(SignatureForm.EcdsaDer, HashAlgorithmName.SHA256)],
    };

    private bool IsSignature(PublicKey key, SignatureScheme scheme, byte[] signature)
    {
        if ((evidence.Message ?? artifact.Content) is { Length: > 0 } message)
        {
            return key.Verify(scheme, message.Span, signature);
        }

        // the artifact's bytes are not at hand: its digest will do where the signature is over the same hash
        return artifact.Digest.Algorithm == scheme.Hash.Name!.ToLowerInvariant() && key.VerifyHash(scheme, Convert.FromHexString(artifact.Digest.Hex), signature);
    }

    private void LogEntries(PublicKey key, Certificate? certificate)
    {
        const string Name = "transparency log";
        const string Mend = "update the trusted root if the log is new; else have the image signed again";
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in evidence.LogEntries)
        {
            var log = policy.Root.Logs.FirstOrDefault(l => l.LogId.Span.SequenceEqual(entry.LogId));
            if (log is null)
            {
                inquiry.Skip(Name, $"an entry of a log that is not trusted ({Convert.ToHexStringLower(entry.LogId)[..Math.Min(16, entry.LogId.Length * 2)]}…) counts for nothing");
                continue;
            }

            inquiry.Check(Name, Mend, () =>
            {
                var time = LogEntryCheck.Verify(entry, log, evidence.NeedsProof);
                LogEntryBody.Match(entry, evidence, artifact, key, certificate);
                if (!known.Add($"{Convert.ToHexStringLower(entry.LogId)} {entry.LogIndex}"))
                {
                    throw new TrustException("the same log entry twice");
                }

                if (time is { } proven)
                {
                    _times.Add(proven);
                }
                else
                {
                    _timeless.Add(log);
                }

                return $"entry {entry.LogIndex} of {log} is of this signature{(time is { } t ? ", taken at " + Rfc3339.Text(t.Time) : "")}";
            });
        }

        if (policy.LogEntries > 0)
        {
            inquiry.Check(Name, "have the image signed with a log, or ask for none", () => known.Count >= policy.LogEntries
                ? $"{known.Count} of {policy.LogEntries} entries that the policy asks for"
                : throw new TrustException($"{known.Count} entries of logs that are trusted, and the policy asks for {policy.LogEntries}"));
        }
        else if (evidence.LogEntries.Count == 0)
        {
            inquiry.NotPresent(Name, "no entry, and the policy asks for none");
        }
    }

    private void Timestamps()
    {
        const string Name = "time stamp";
        if (policy.Root.TimestampAuthorities.Count == 0 || evidence.Timestamps.Count == 0)
        {
            inquiry.NotPresent(Name, evidence.Timestamps.Count == 0 ? "none" : "no time-stamping authority is trusted");
            return;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var stamp in evidence.Timestamps)
        {
            inquiry.Check(Name, "update the trusted root if the authority is new; else have the image signed again", () =>
            {
                var time = TimestampToken.Verify(stamp, evidence.Stamped.Span, policy.Root.TimestampAuthorities);
                if (!seen.Add(Convert.ToHexStringLower(SHA256.HashData(stamp))))
                {
                    throw new TrustException("the same time stamp twice");
                }

                _times.Add(time);
                return $"{Rfc3339.Text(time.Time)} by {time.Source}";
            });
        }
    }

    /// <summary>A log that says no time must be trusted at the times that others prove, or now.</summary>
    private void Logs()
    {
        foreach (var log in _timeless)
        {
            foreach (var time in _times.Count > 0 ? _times.Select(static t => t.Time) : [now])
            {
                if (!log.ValidFor.Covers(time))
                {
                    inquiry.Check<string>("transparency log", "update the trusted root; have the image signed with a log that is in use", () => throw new TrustException($"{log} is not trusted at {Rfc3339.Text(time)}"), static w => w);
                }
            }
        }
    }

    /// <summary>The certificate that issued the signer's.</summary>
    private Certificate Chain(Certificate certificate)
    {
        var times = Times();
        return inquiry.Check("certificate chain", "trust the authority that issued the certificate, or have the image signed by one that is trusted", () =>
        {
            Certificate? issuer = null;
            foreach (var time in times)
            {
                // not earlier or later by the accuracy of a time stamp: Fulcio's certificates begin in the second that they are used
                issuer = IssuerAt(certificate, time.Time);
            }

            return issuer!;
        }, issuer => $"issued by '{issuer}' and valid at {string.Join(" and ", times.Select(static t => Rfc3339.Text(t.Time)))}");
    }

    private List<ProvenTime> Times()
    {
        if (_times.Count > 0)
        {
            inquiry.SignedAt = _times.Min(static t => t.Time);
            return _times;
        }

        return inquiry.Check("time of signing", "have the image signed with a log or a time stamp; or accept the present time for an authority of long-lived certificates", () => policy.AcceptPresentTime
            ? (List<ProvenTime>)[new ProvenTime(now, TimeSpan.Zero, "present time")]
            : throw new TrustException("neither a log nor a time stamp proves when the image was signed"), static _ => "the present time stands for it, as the policy accepts");
    }

    private Certificate IssuerAt(Certificate certificate, DateTimeOffset time)
    {
        TrustException? reason = null;
        foreach (var authority in policy.Root.CertificateAuthorities)
        {
            try
            {
                var path = CertificatePath.Find(certificate, [.. authority.Intermediates, .. evidence.Certificates.Skip(1)], [authority.Root], CertificatePurpose.CodeSigning, time);
                if (authority.ValidFor.Covers(time))
                {
                    if (_times.Count == 0)
                    {
                        inquiry.Until(path.Min(static c => c.NotAfter));
                    }

                    return path.Count > 1 ? path[1] : path[0];
                }

                reason = new TrustException($"the authority '{authority.Root}' is not trusted at {Rfc3339.Text(time)}");
            }
            catch (TrustException e)
            {
                reason = e;
            }
        }

        throw reason ?? new TrustException("no certificate authority is trusted");
    }

    private void CertificateLogs(Certificate certificate, Certificate issuer)
    {
        const string Name = "certificate log";
        if (policy.CertificateTimestamps == 0)
        {
            inquiry.Skip(Name, "the policy asks for none");
            return;
        }

        inquiry.Check(Name, "update the trusted root if the log is new; ask for none if the authority keeps no log", () =>
        {
            var count = CertificateLogCheck.Count(certificate, issuer, policy.Root.CertificateLogs);
            return count >= policy.CertificateTimestamps
                ? $"{count} log(s) that are trusted had the certificate"
                : throw new TrustException($"{count} logs that are trusted had the certificate, and the policy asks for {policy.CertificateTimestamps}");
        });
    }

    private void Identity(Certificate certificate) => inquiry.Check("identity", "name this issuer and subject in the trust policy, if you trust them", () =>
    {
        var (issuer, subject) = FulcioIdentity.Of(certificate);
        inquiry.Signer = new Signer(subject) { Issuer = issuer, KeyId = certificate.Key.Id };
        return policy.Identities.Any(i => i.Issuer.Matches(issuer) && i.Subject.Matches(subject))
            ? $"'{subject}' by issuer '{issuer}'"
            : throw new TrustException($"'{subject}' by issuer '{issuer}' is none of: {string.Join("; ", policy.Identities.Take(8).Select(static i => $"{i.Subject} by {i.Issuer}"))}");
    });

    private void Content()
    {
        var annotations = inquiry.Check("image", "this signature was made for something else; sign this image", About, static a => $"the signature is about this artifact{a.Said}");
        inquiry.Annotations = annotations.Map;
        if (policy.Annotations.Count == 0)
        {
            return;
        }

        inquiry.Check("annotations", "sign with these annotations, or ask for others", () =>
        {
            foreach (var (name, value) in policy.Annotations)
            {
                if (annotations.Map.GetValueOrDefault(name) != value)
                {
                    throw new TrustException(annotations.Map.TryGetValue(name, out var other) ? $"{name} is '{other}' and must be '{value}'" : $"{name} was not signed and must be '{value}'");
                }
            }

            return $"{policy.Annotations.Count} as asked";
        });
    }

    private (IReadOnlyDictionary<string, string> Map, string Said) About()
    {
        if (artifact.Content.Length > 0 && Digest.Of(artifact.Content.Span, artifact.Digest) != artifact.Digest)
        {
            throw new TrustException("the artifact's bytes are not those of its digest");
        }

        var none = new Dictionary<string, string>();
        switch (evidence.Kind)
        {
            case EvidenceKind.SimpleSigning:
                Wants(SigstorePolicy.SignaturePredicate);
                var document = SimpleSigningPayload.Parse(evidence.Payload);
                return document.Digest != artifact.Digest ? throw new TrustException($"it is about {document.Digest}, not about {artifact.Digest}")
                    : policy.Repository is { } repository && document.Repository != repository ? throw new TrustException($"it was made for {document.Repository}, not for {repository}")
                    : (document.Annotations, $", signed as {document.Reference}");
            case EvidenceKind.Envelope:
                var statement = InTotoStatement.Parse(evidence.Payload, artifact.Digest);
                Wants(statement.PredicateType);
                inquiry.Statement = evidence.Payload;
                return (statement.Annotations, $", predicate {statement.PredicateType}");
            default:
                Wants(SigstorePolicy.SignaturePredicate);
                return evidence.MessageDigest is { } digest && digest.Algorithm == artifact.Digest.Algorithm && digest != artifact.Digest
                    ? throw new TrustException($"it says that it is about {digest}, not about {artifact.Digest}")
                    : (none, "");
        }
    }

    /// <summary>An attestation is no signature of the image, and one attestation does not stand for another.</summary>
    private void Wants(string predicate)
    {
        var wanted = policy.PredicateType ?? SigstorePolicy.SignaturePredicate;
        if (wanted != SigstorePolicy.AnyPredicate && wanted != predicate)
        {
            throw new TrustException(policy.PredicateType is null ? $"it is an attestation ({predicate}), not a signature of the image" : $"it is {predicate}, and the policy asks for {wanted}");
        }
    }
}
