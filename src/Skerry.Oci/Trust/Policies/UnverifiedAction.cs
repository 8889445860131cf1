namespace Skerry.Oci.Trust.Policies;

/// <summary>What becomes of an image that does not satisfy its policy.</summary>
public enum UnverifiedAction
{
    /// <summary>It does not run.</summary>
    Deny,

    /// <summary>It runs, and everybody is told: for the time in which signing is being introduced. Pins and tag rules still deny.</summary>
    Warn,
}
