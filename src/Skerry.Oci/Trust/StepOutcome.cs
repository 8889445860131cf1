namespace Skerry.Oci.Trust;

/// <summary>How one step of a verification ended.</summary>
public enum StepOutcome
{
    /// <summary>Checked, and right.</summary>
    Passed,

    /// <summary>Checked, and wrong: the verdict is no.</summary>
    Failed,

    /// <summary>Checked, and wrong, but the policy asks only that it be told.</summary>
    Warned,

    /// <summary>There was nothing to check, and the policy does not ask for it.</summary>
    NotPresent,

    /// <summary>Not checked, because the policy says so.</summary>
    Skipped,
}
