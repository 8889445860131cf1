using System.Security.Cryptography;
using Skerry.Oci.Trust.Certificates;
using Skerry.Oci.Trust.Keys;

namespace Skerry.Oci.Trust.Notation;

/// <summary>Rules for the chain in an envelope (notaryproject/specifications signature-specification.md, "Certificate Requirements").</summary>
internal static class NotationChain
{
    private static readonly string[] ForbiddenUses =
        [Oids.AnyExtendedKeyUsage, "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.4", Oids.TimeStamping, Oids.OcspSigning]; // any, server, e-mail, time stamps, OCSP

    /// <summary>The one algorithm that goes with a key; the envelope must name it.</summary>
    public static (string Name, SignatureScheme Scheme) Algorithm(PublicKey key) => (key.Kind, key.Bits) switch
    {
        (KeyKind.EcdsaP256, _) => ("ES256", new(SignatureForm.EcdsaRaw, HashAlgorithmName.SHA256)),
        (KeyKind.EcdsaP384, _) => ("ES384", new(SignatureForm.EcdsaRaw, HashAlgorithmName.SHA384)),
        (KeyKind.EcdsaP521, _) => ("ES512", new(SignatureForm.EcdsaRaw, HashAlgorithmName.SHA512)),
        (KeyKind.Rsa, 2048) => ("PS256", new(SignatureForm.RsaPss, HashAlgorithmName.SHA256)),
        (KeyKind.Rsa, 3072) => ("PS384", new(SignatureForm.RsaPss, HashAlgorithmName.SHA384)),
        (KeyKind.Rsa, 4096) => ("PS512", new(SignatureForm.RsaPss, HashAlgorithmName.SHA512)),
        _ => throw new TrustException($"Notation has no algorithm for a key of {key.Bits} bits ({key.Kind})"),
    };

    /// <summary>Checks order, signatures and uses; times are another matter.</summary>
    public static void Check(IReadOnlyList<Certificate> chain)
    {
        if (chain.Count is 0 or > TrustLimits.MaxPath)
        {
            throw new TrustException($"a chain of {chain.Count} certificates");
        }

        Leaf(chain[0]);
        for (var i = 0; i < chain.Count; i++)
        {
            var issuer = chain[Math.Min(i + 1, chain.Count - 1)];
            if (!chain[i].Issuer.IsSame(issuer.Subject) || !chain[i].IsSignedBy(issuer.Key))
            {
                throw new TrustException(i == chain.Count - 1 ? $"the chain does not end with a root: '{chain[i]}' did not sign itself" : $"'{chain[i]}' is not signed by the next of the chain, '{issuer}'");
            }

            if (i > 0)
            {
                CertificateRules.Authority(chain[i], chain.Take(i).Skip(1).Count(static c => !c.IsSelfIssued), CertificatePurpose.CodeSigning);
                if (chain[i].Extension(Oids.BasicConstraints) is not { IsCritical: true } || chain[i].Extension(Oids.KeyUsage) is not { IsCritical: true })
                {
                    throw new TrustException($"basic constraints and key usage of the authority '{chain[i]}' must be critical");
                }
            }
        }
    }

    private static void Leaf(Certificate leaf)
    {
        CertificateRules.Extensions(leaf);
        const KeyUses Wrong = KeyUses.KeyCertSign | KeyUses.CrlSign | KeyUses.KeyEncipherment | KeyUses.DataEncipherment | KeyUses.KeyAgreement;
        if (leaf.IsAuthority || leaf.Uses is not { } uses || leaf.Extension(Oids.KeyUsage) is not { IsCritical: true } || !uses.HasFlag(KeyUses.DigitalSignature) || (uses & Wrong) != 0)
        {
            throw new TrustException($"the signer's certificate '{leaf}' must be for signatures alone (critical key usage), and no authority");
        }

        if (leaf.ExtendedUses is { } extended && (!extended.Contains(Oids.CodeSigning, StringComparer.Ordinal) || extended.Any(u => ForbiddenUses.Contains(u, StringComparer.Ordinal))))
        {
            throw new TrustException($"the signer's certificate '{leaf}' is not for signing code, or for other things too");
        }
    }
}
