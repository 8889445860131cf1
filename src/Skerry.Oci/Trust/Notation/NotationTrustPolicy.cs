using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Notation;

/// <summary>A trust policy document of Notary Project, in its own JSON (notaryproject/specifications trust-store-trust-policy.md).</summary>
public sealed class NotationTrustPolicy
{
    private const string Format = "trust policy";
    private const int MaxPolicies = 1024;

    private NotationTrustPolicy(IReadOnlyList<NotationStatement> statements) => Statements = statements;

    /// <summary>Its policies.</summary>
    public IReadOnlyList<NotationStatement> Statements { get; }

    /// <summary>Reads a document and checks all its rules: a policy that is not wholly right is none.</summary>
    /// <exception cref="OciFormatException">It breaks a rule.</exception>
    public static NotationTrustPolicy Parse(ReadOnlyMemory<byte> json)
    {
        var document = StrictJson.Object(Format, json, TrustLimits.MaxDocument);
        document.Only("version", "trustPolicies");
        if (document.Text("version") != "1.0")
        {
            throw document.Bad("version", "not 1.0");
        }

        var statements = document.Objects("trustPolicies", MaxPolicies).Select(static p => new NotationStatement(p)).ToList();
        var (names, scopes) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        if (statements.Count == 0 || !statements.TrueForAll(s => names.Add(s.Name)) || !statements.SelectMany(static s => s.Scopes).All(scopes.Add))
        {
            throw document.Bad("trustPolicies", "empty, or a name or a scope occurs twice");
        }

        return new NotationTrustPolicy(statements);
    }

    /// <summary>The policy for a repository (<c>host/path</c>): the one that names it, else the one for <c>*</c>, else null.</summary>
    public NotationStatement? For(string repository) =>
        Statements.FirstOrDefault(s => s.Scopes.Contains(repository, StringComparer.Ordinal)) ?? Statements.FirstOrDefault(static s => s.Scopes[0] == "*");
}
