namespace Skerry.Oci.Trust.Sigstore;

/// <summary>Who may sign without a key of his own: a name that an OIDC issuer vouches for.</summary>
/// <param name="Issuer">The issuer, as Fulcio writes it into the certificate.</param>
/// <param name="Subject">An e-mail address or a URI: the certificate's one alternative name.</param>
public sealed record CertificateIdentity(NamePattern Issuer, NamePattern Subject);
