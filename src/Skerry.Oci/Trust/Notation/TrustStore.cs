using Skerry.Oci.Trust.Certificates;

namespace Skerry.Oci.Trust.Notation;

/// <summary>A named store of certificates that are trusted (notaryproject/specifications trust-store-trust-policy.md, "Trust Store").</summary>
public sealed record TrustStore(TrustStoreKind Kind, string Name, IReadOnlyList<Certificate> Certificates)
{
    /// <summary>As trust policies name it: <c>ca:name</c>.</summary>
    public string Key => $"{Prefix(Kind)}:{Name}";

    internal static string Prefix(TrustStoreKind kind) => kind switch
    {
        TrustStoreKind.Authority => "ca",
        TrustStoreKind.SigningAuthority => "signingAuthority",
        _ => "tsa",
    };
}
