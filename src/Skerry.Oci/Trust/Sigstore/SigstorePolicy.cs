using Skerry.Oci.Trust.Keys;

namespace Skerry.Oci.Trust.Sigstore;

/// <summary>What is asked of one cosign or Sigstore signature. Keys and identities are alternatives: one of them must have signed.</summary>
public sealed record SigstorePolicy
{
    /// <summary>Predicate type of a cosign signature in a bundle (cosign v3).</summary>
    public const string SignaturePredicate = "https://sigstore.dev/cosign/sign/v1";

    /// <summary>Any predicate will do.</summary>
    public const string AnyPredicate = "*";

    /// <summary>Keys that may sign.</summary>
    public IReadOnlyList<PublicKey> Keys { get; init; } = [];

    /// <summary>Identities that may sign.</summary>
    public IReadOnlyList<CertificateIdentity> Identities { get; init; } = [];

    /// <summary>Logs and authorities.</summary>
    public TrustedRoot Root { get; init; } = TrustedRoot.Empty;

    /// <summary>How many logs must have an entry of the signature.</summary>
    public int LogEntries { get; init; }

    /// <summary>How many logs of certificates must have vouched for the certificate. 0 for a private authority without such a log.</summary>
    public int CertificateTimestamps { get; init; } = 1;

    /// <summary>
    /// Whether a certificate may be judged by the present time where no time of signing is proven. A certificate of minutes is
    /// then refused; one of a private authority is good until it expires.
    /// </summary>
    public bool AcceptPresentTime { get; init; }

    /// <summary>The predicate type of the attestation that is asked for; null for a signature of the image.</summary>
    public string? PredicateType { get; init; }

    /// <summary>Annotations that must have been signed.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>Where the signature must say that the image is (<c>host/path</c>); null to pass that over. Bundles do not say it.</summary>
    public string? Repository { get; init; }
}
