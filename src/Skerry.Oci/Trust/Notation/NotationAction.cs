namespace Skerry.Oci.Trust.Notation;

/// <summary>What a trust policy does about a check that fails.</summary>
public enum NotationAction
{
    /// <summary>Refuses.</summary>
    Enforce,

    /// <summary>Tells, and goes on.</summary>
    Log,

    /// <summary>Does not check.</summary>
    Skip,
}
