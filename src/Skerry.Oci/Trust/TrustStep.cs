namespace Skerry.Oci.Trust;

/// <summary>One thing that was checked, in plain words.</summary>
/// <param name="Name">What was checked: "signature", "certificate chain".</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Why">What was found.</param>
/// <param name="Mend">What a person can do about it; null when there is nothing to mend.</param>
public sealed record TrustStep(string Name, StepOutcome Outcome, string Why, string? Mend = null)
{
    /// <summary><c>signature: failed, …; mend: …</c>.</summary>
    public override string ToString() => $"{Name}: {Outcome.ToString().ToLowerInvariant()}, {Why}{(Mend is null ? "" : "; mend: " + Mend)}";
}
