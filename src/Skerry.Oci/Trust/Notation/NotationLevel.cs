using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Notation;

/// <summary>Which checks a trust policy enforces (notaryproject/specifications trust-store-trust-policy.md, "Signature Verification Levels").</summary>
/// <remarks>Integrity is enforced at every level but <c>skip</c>.</remarks>
public sealed record NotationLevel
{
    /// <summary>All checks are enforced.</summary>
    public static NotationLevel Strict { get; } = new("strict");

    /// <summary>Integrity and authenticity are enforced.</summary>
    public static NotationLevel Permissive { get; } = new("permissive") { Timestamp = NotationAction.Log, Expiry = NotationAction.Log, Revocation = NotationAction.Log };

    /// <summary>Integrity is enforced.</summary>
    public static NotationLevel Audit { get; } = Permissive with { Name = "audit", Authenticity = NotationAction.Log };

    /// <summary>Nothing is checked.</summary>
    public static NotationLevel Skip { get; } =
        new("skip") { Authenticity = NotationAction.Skip, Timestamp = NotationAction.Skip, Expiry = NotationAction.Skip, Revocation = NotationAction.Skip };

    private NotationLevel(string name) => Name = name;

    /// <summary>The level that the checks begin from.</summary>
    public string Name { get; private init; }

    /// <summary>Whether the signer is one that is trusted.</summary>
    public NotationAction Authenticity { get; private init; }

    /// <summary>Whether the certificates were valid when the signature was made.</summary>
    public NotationAction Timestamp { get; private init; }

    /// <summary>Whether the signature has not expired.</summary>
    public NotationAction Expiry { get; private init; }

    /// <summary>Whether no certificate is revoked.</summary>
    public NotationAction Revocation { get; private init; }

    internal bool IsSkip => Name == "skip";

    internal static NotationLevel Read(JsonFields verification)
    {
        var level = verification.Text("level") switch
        {
            "strict" => Strict,
            "permissive" => Permissive,
            "audit" => Audit,
            "skip" => Skip,
            _ => throw verification.Bad("level", "none of strict, permissive, audit and skip"),
        };
        var overrides = verification.Map("override");
        if (overrides.Count > 0 && level.IsSkip)
        {
            throw verification.Bad("override", "not allowed with the level skip");
        }

        foreach (var (check, text) in overrides)
        {
            var action = text switch
            {
                "enforce" => NotationAction.Enforce,
                "log" => NotationAction.Log,
                "skip" when check == "revocation" => NotationAction.Skip,
                _ => throw verification.Bad("override", $"'{text}' for {check}, which is none of enforce and log (and, for revocation, skip)"),
            };
            level = check switch
            {
                "authenticity" => level with { Authenticity = action },
                "authenticTimestamp" => level with { Timestamp = action },
                "expiry" => level with { Expiry = action },
                "revocation" => level with { Revocation = action },
                _ => throw verification.Bad("override", $"of {check}, which is not a check that can be changed"),
            };
        }

        return level;
    }
}
