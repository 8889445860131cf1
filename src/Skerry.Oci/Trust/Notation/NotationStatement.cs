using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Notation;

/// <summary>One policy of a trust policy document.</summary>
public sealed class NotationStatement
{
    private const int MaxEntries = 1024;

    internal NotationStatement(JsonFields policy)
    {
        policy.Only("name", "registryScopes", "signatureVerification", "trustStores", "trustedIdentities");
        Name = policy.Text("name");
        Scopes = policy.Texts("registryScopes", MaxEntries);
        var verification = policy.Object("signatureVerification");
        verification.Only("level", "override", "verifyTimestamp");
        Level = NotationLevel.Read(verification);
        StampsOnlyAfterExpiry = verification.TextOrNull("verifyTimestamp") switch
        {
            null or "" or "always" => false,
            "afterCertExpiry" => true,
            _ => throw verification.Bad("verifyTimestamp", "neither always nor afterCertExpiry"),
        };
        Stores = policy.Texts("trustStores", MaxEntries);
        Identities = [.. policy.Texts("trustedIdentities", MaxEntries).Select(TrustedIdentity.Parse)];
        Check(policy);
    }

    /// <summary>Its name, unique in the document.</summary>
    public string Name { get; }

    /// <summary>Repositories it is for; <c>*</c> alone for all that no other names.</summary>
    public IReadOnlyList<string> Scopes { get; }

    /// <summary>Which checks it enforces.</summary>
    public NotationLevel Level { get; }

    /// <summary>Trust stores, as <c>kind:name</c>.</summary>
    public IReadOnlyList<string> Stores { get; }

    internal bool StampsOnlyAfterExpiry { get; }

    internal IReadOnlyList<TrustedIdentity> Identities { get; }

    private void Check(JsonFields policy)
    {
        if (Name.Length == 0)
        {
            throw policy.Bad("name", "empty");
        }

        if (Scopes.Count == 0 || Scopes.Contains("*", StringComparer.Ordinal) && Scopes.Count > 1 || !Scopes.All(IsScope))
        {
            throw policy.Bad("registryScopes", "neither * alone nor repositories as host/path without tag or digest");
        }

        if (Level.IsSkip)
        {
            if (Stores.Count > 0 || Identities.Count > 0)
            {
                throw policy.Bad("", "the level skip goes with neither trust stores nor identities");
            }

            return;
        }

        if (!Stores.Any(static s => !s.StartsWith("tsa:", StringComparison.Ordinal)) || !Stores.All(IsStore))
        {
            throw policy.Bad("trustStores", "it needs stores as ca:name, signingAuthority:name or tsa:name, and not tsa alone");
        }

        if (Identities.Count == 0 || Identities.Any(static i => i.IsAnybody) && Identities.Count > 1)
        {
            throw policy.Bad("trustedIdentities", "neither * alone nor subjects");
        }

        if (Identities.Where((one, at) => Identities.Skip(at + 1).Any(one.Overlaps)).Any())
        {
            throw policy.Bad("trustedIdentities", "two of them overlap");
        }
    }

    private static bool IsScope(string scope) => scope == "*"
        || scope.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash && slash < scope.Length - 1 && !scope.AsSpan(slash).ContainsAny(":@*");

    private static bool IsStore(string store)
    {
        var parts = store.Split(':');
        return parts.Length == 2 && parts[0] is "ca" or "signingAuthority" or "tsa" && parts[1].Length > 0
            && parts[1] is not ("." or "..") && parts[1].All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');
    }
}
