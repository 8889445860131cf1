namespace Skerry.Oci.Trust.Notation;

/// <summary>The times in an envelope's protected header, and the rules for them (signature-specification.md, "Signed Attributes").</summary>
internal sealed record SigningTimes
{
    public const string SchemeKey = "io.cncf.notary.signingScheme";
    public const string SigningTimeKey = "io.cncf.notary.signingTime";
    public const string AuthenticTimeKey = "io.cncf.notary.authenticSigningTime";
    public const string ExpiryKey = "io.cncf.notary.expiry";

    private const string Publisher = "notary.x509";
    private const string Authority = "notary.x509.signingAuthority";

    private SigningTimes(bool byAuthority, DateTimeOffset signedAt, DateTimeOffset? expiry) => (IsByAuthority, SignedAt, Expiry) = (byAuthority, signedAt, expiry);

    /// <summary>Whether a signing authority vouches for the time; else it is only what the signer says.</summary>
    public bool IsByAuthority { get; }

    public DateTimeOffset SignedAt { get; }

    public DateTimeOffset? Expiry { get; }

    /// <param name="critical">Headers that are marked as critical: each must be understood, and those that must be critical must be there.</param>
    public static SigningTimes Of(string scheme, DateTimeOffset? signingTime, DateTimeOffset? authenticTime, DateTimeOffset? expiry, IReadOnlyList<string> critical)
    {
        var byAuthority = scheme switch
        {
            Publisher => false,
            Authority => true,
            _ => throw new TrustException($"the signing scheme '{scheme}' is not known"),
        };
        List<string> expected = [SchemeKey];
        if (expiry is not null)
        {
            expected.Add(ExpiryKey);
        }

        if (byAuthority)
        {
            expected.Add(AuthenticTimeKey);
        }

        if (critical.Count != expected.Count || !expected.TrueForAll(e => critical.Contains(e, StringComparer.Ordinal)))
        {
            throw new TrustException($"critical headers are [{string.Join(", ", critical.Take(8))}] and must be [{string.Join(", ", expected)}]");
        }

        var time = byAuthority ? authenticTime : signingTime;
        return time is { } at && (byAuthority ? signingTime : authenticTime) is null
            ? expiry is { } end && end <= at ? throw new TrustException("the signature expires before it was made") : new SigningTimes(byAuthority, at, expiry)
            : throw new TrustException("the time of signing is missing, or is not the one of the signing scheme");
    }
}
