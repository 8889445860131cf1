using Skerry.Node.Policy.Trust;
using Skerry.Oci.Trust;
using Skerry.Oci.Trust.Policies;

namespace Skerry.Node.Images.Trust;

/// <summary>Which policy judges an image, or what settles it without one.</summary>
/// <param name="Policy">The policy; null for none, which is a no unless it is settled.</param>
/// <param name="Settled">The decision where nothing is left to look at; else null.</param>
internal sealed record TrustChoice(TrustPolicy? Policy, Func<TrustSubject, TrustDecision>? Settled)
{
    /// <summary>Chooses for a name.</summary>
    /// <param name="reading">The policies.</param>
    /// <param name="name">REGISTRY/NAME; null for none.</param>
    /// <param name="ask">What somebody wants instead.</param>
    internal static TrustChoice Of(TrustReading reading, string? name, TrustAsk ask)
    {
        if (ask.Policy == TrustPolicySet.None)
        {
            return ask.Reason.Length > 0
                ? Settle(subject => Override(subject, null, ask.Reason))
                : Settle(static subject => No(subject, "policy", "with --trust none nothing is verified, and nobody says why that should be", "say why: --trust-reason TEXT; it goes to the audit log"));
        }

        if (reading.Policies is not { } policies)
        {
            return Settle(subject => No(subject, "policy", $"the trust policies of this node are wrong, and until that is mended nothing is started: {reading.Error}", "mend the file; 'skerry trust ls' says whether all is right"));
        }

        if (ask.Policy.Length == 0)
        {
            return new TrustChoice(policies.For(name), null);
        }

        if (policies.Named(ask.Policy) is not { } named)
        {
            return Settle(subject => No(subject, "policy", $"there is no trust policy '{ask.Policy}'", "'skerry trust ls' shows those that there are"));
        }

        if (policies.For(name) == named || named is { Required: > 0, Unverified: UnverifiedAction.Deny })
        {
            return new TrustChoice(named, null);
        }

        // Naming a policy that asks for nothing sets the image's own aside as much as naming none; one that only warns must be satisfied, or does the same.
        return named.Required > 0 && ask.Reason.Length == 0 ? new TrustChoice(named with { Unverified = UnverifiedAction.Deny }, null)
            : ask.Reason.Length > 0 ? Settle(subject => Override(subject, named, ask.Reason))
            : Settle(subject => No(subject, "policy", $"the trust policy '{named.Name}' asks for nothing, and is not the one of this image", "say why it is named all the same: --trust-reason TEXT; it goes to the audit log"));
    }

    private static TrustChoice Settle(Func<TrustSubject, TrustDecision> decide) => new(null, decide);

    private static TrustDecision Override(TrustSubject subject, TrustPolicy? policy, string reason) => new()
    {
        Subject = subject,
        Policy = policy,
        IsAllowed = true,
        Why = $"nothing was verified, because: {reason}",
        OverriddenBecause = reason,
        Sections = [new TrustSection("policy", [new TrustStep("policy", StepOutcome.Skipped, $"set aside by who asked: {reason}")])],
    };

    private static TrustDecision No(TrustSubject subject, string step, string why, string mend) => new()
    {
        Subject = subject,
        IsAllowed = false,
        Why = why,
        Mend = mend,
        Sections = [new TrustSection("policy", [new TrustStep(step, StepOutcome.Failed, why, mend)])],
    };
}
