namespace Skerry.Oci.Trust.Policies;

/// <summary>What becomes of a program that a container executes and that is not of its image, or was changed in it. A later one is stricter.</summary>
public enum DriftRule
{
    /// <summary>It runs.</summary>
    Allow,

    /// <summary>It runs, and is told.</summary>
    Alert,

    /// <summary>It is refused before it runs.</summary>
    Deny,
}
