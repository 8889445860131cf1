using System.Globalization;
using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Policies;

/// <summary>Judges an image by a policy: evidence and a time in, a decision out.</summary>
/// <remarks>
/// Pure but for what the evidence reads content trust from. Steps: 1. the tag; 2. the signers; 3. that enough different ones were
/// met; 4. the attestations; 5. where that is a no, grace and then the policy's word for what cannot be verified.
/// </remarks>
public static class TrustEvaluator
{
    /// <summary>Judges an image.</summary>
    /// <param name="policy">The policy for it; null when there is none.</param>
    /// <param name="subject">The image.</param>
    /// <param name="evidence">What there is.</param>
    /// <param name="now">The present time.</param>
    /// <param name="verifiedAt">When this node verified the image last: grace is for such images alone; null: never.</param>
    public static TrustDecision Judge(TrustPolicy? policy, TrustSubject subject, TrustEvidence evidence, DateTimeOffset now, DateTimeOffset? verifiedAt = null)
    {
        ArgumentNullException.ThrowIfNull(subject);
        ArgumentNullException.ThrowIfNull(evidence);
        if (policy is null)
        {
            return Unnamed(subject);
        }

        // 1.
        var tag = Tag(policy, subject);
        if (tag.Outcome == StepOutcome.Failed)
        {
            return new TrustDecision { Subject = subject, Policy = policy, IsAllowed = false, Why = tag.Why, Mend = tag.Mend, Sections = [new TrustSection("policy", [Named(policy), tag])] };
        }

        if (policy.Required == 0)
        {
            var open = new TrustStep("signatures", StepOutcome.Skipped, "the policy lets these names run unverified");
            return new TrustDecision { Subject = subject, Policy = policy, IsAllowed = true, Why = open.Why, Sections = [new TrustSection("policy", [Named(policy), tag, open])] };
        }

        // 2. to 4.
        var decision = Look(policy, subject, evidence, now, tag);
        if (decision.IsAllowed)
        {
            return decision;
        }

        // 5. What was good when it was verified, and has expired since by itself and not longer ago than the grace.
        if (policy.Grace > TimeSpan.Zero && verifiedAt is { } then && then < now && Look(policy, subject, evidence, then, tag) is { IsAllowed: true, GoodUntil: { } end } before && end <= now && now < TimeSum.Of(end, policy.Grace))
        {
            var why = $"what it was verified by expired at {Rfc3339.Text(end)}; the policy's grace of {Days(policy.Grace)} lets it be started until {Rfc3339.Text(TimeSum.Of(end, policy.Grace))}";
            return before with { IsVerified = false, IsInGrace = true, GoodUntil = TimeSum.Of(end, policy.Grace), Why = why, Sections = [.. decision.Sections, new TrustSection("grace", [new TrustStep("grace", StepOutcome.Warned, why, decision.Mend)])] };
        }

        if (policy.Unverified == UnverifiedAction.Warn)
        {
            var told = new TrustStep("unverified", StepOutcome.Warned, "the policy says unverified = \"warn\": it may run all the same", decision.Mend);
            return decision with { IsAllowed = true, Sections = [.. decision.Sections, new TrustSection("unverified", [told])] };
        }

        return decision;
    }

    private static TrustDecision Unnamed(TrustSubject subject)
    {
        var name = subject.Reference?.Name;
        var why = name is null ? "the image has no name, and no trust policy is for *" : $"no trust policy is for {name}: what nobody vouches for does not run";
        var mend = name is null
            ? "give it a name that a policy is for: skerry image tag; or add a policy for * : skerry trust add --help"
            : $"say who signs it: skerry trust add NAME --image {name} --key cosign.pub; or let it run unverified: skerry trust add NAME --image {name} --unsigned";
        return new TrustDecision { Subject = subject, IsAllowed = false, Why = why, Mend = mend, Sections = [new TrustSection("policy", [new TrustStep("policy", StepOutcome.Failed, why, mend)])] };
    }

    private static TrustStep Named(TrustPolicy policy) => new("policy", StepOutcome.Passed, $"'{policy.Name}' at {policy.Place}; it wants {policy.Wants}");

    private static TrustStep Tag(TrustPolicy policy, TrustSubject subject)
    {
        if (subject.Reference is not { } reference)
        {
            return policy.Tags == TagRule.Any ? new TrustStep("tag", StepOutcome.NotPresent, "it was asked for by its id") : new TrustStep("tag", StepOutcome.Passed, "it was asked for by its id");
        }

        var tag = $"{reference.Name}:{reference.Tag ?? ImageReference.DefaultTag}";
        var isNamedByTag = reference.Digest is null;
        if ((isNamedByTag || reference.Tag is not null) && policy.Pins.TryGetValue(tag, out var pinned))
        {
            return subject.Documents.Any(d => d.Digest == pinned)
                ? new TrustStep("tag", StepOutcome.Passed, $"the policy pins {tag} to {pinned}, and that is what it is")
                : new TrustStep("tag", StepOutcome.Failed, $"the policy pins {tag} to {pinned}, and it is {string.Join(" / ", subject.Documents.Select(static d => d.Digest).Distinct())}: the tag was moved", $"if the new image is the right one, change the pin at {policy.Place}");
        }

        return !isNamedByTag || policy.Tags == TagRule.Any
            ? new TrustStep("tag", StepOutcome.Passed, isNamedByTag ? $"{tag} was resolved to {subject.Manifest.Digest}, which is what is verified and what runs" : "it was asked for by digest")
            : policy.Tags == TagRule.Pinned
                ? new TrustStep("tag", StepOutcome.Failed, $"the policy takes pinned tags only, and {tag} is not pinned", $"add it under [pins] at {policy.Place}, or ask for {reference.Name}@{subject.Manifest.Digest}")
                : new TrustStep("tag", StepOutcome.Failed, $"the policy takes digests only, and {tag} is a tag", $"ask for {reference.Name}@{subject.Manifest.Digest}");
    }

    private static TrustDecision Look(TrustPolicy policy, TrustSubject subject, TrustEvidence evidence, DateTimeOffset now, TrustStep tag)
    {
        var sections = new List<TrustSection>();

        // 2.
        if (policy.MaxAge is { } age)
        {
            evidence = evidence with { Refine = verdict => Fresh(verdict, age, now) };
        }

        var signers = policy.Signers.Select(s => s.Look(subject, evidence, now)).ToList();
        sections.AddRange(signers.Select(static f => Section($"signer {f.Signer.Name} ({f.Signer.Wants})", f)));

        // 3. Whoever is named twice counts once.
        var met = signers.Where(static f => f.Met is not null).DistinctBy(static f => f.Identity, StringComparer.Ordinal).ToList();
        var enough = met.Count >= policy.Required;

        // 4.
        var attestations = policy.Attestations.Select(a => a.Look(subject, evidence, now)).ToList();
        sections.AddRange(attestations.Select(static a => Section(a)));
        var missing = attestations.FirstOrDefault(static a => !a.IsMet);
        var whole = enough && missing is null;
        var why = !enough ? $"it must be signed by {policy.Wants}; {Found(signers, evidence, policy.Required, met.Count)}"
            : missing is not null ? $"it must have an attestation {missing.Demand.PredicateType} ({missing.Demand.Place}); {missing.Said}"
            : string.Join("; ", met.Select(static f => $"{f.Signer.Name}: {f.Said}"));
        var head = new TrustStep(
            "signers", enough ? StepOutcome.Passed : StepOutcome.Failed,
            string.Create(CultureInfo.InvariantCulture, $"{met.Count} of {policy.Required} that must have signed did"), enough ? null : Mend(signers, subject));
        return new TrustDecision
        {
            Subject = subject,
            Policy = policy,
            IsAllowed = whole,
            IsVerified = whole,
            Why = why,
            Mend = whole ? null : enough ? missing!.Content?.Mend ?? "have the attestation made and attached; the policy's [[attestation]] says which" : head.Mend,
            Sections = [new TrustSection("policy", [Named(policy), tag, .. evidence.PassedOver.Select(static p => new TrustStep("passed over", StepOutcome.Warned, p)), head]), .. sections],
            Signers = signers,
            GoodUntil = whole ? Until(met, attestations, policy.Required) : null,
        };
    }

    /// <summary>A signature that is older than the policy takes, or of which nobody proves the age, counts for nothing.</summary>
    private static Verdict Fresh(Verdict met, TimeSpan age, DateTimeOffset now)
    {
        var step = met.SignedAt is not { } signed
            ? new TrustStep("age", StepOutcome.Failed, $"nothing proves when it was signed, and the policy takes signatures of at most {Days(age)}", "have it signed with a log or a time stamp, or leave max_age out")
            : now - signed > age
                ? new TrustStep("age", StepOutcome.Failed, $"it was signed at {Rfc3339.Text(signed)}, more than {Days(age)} ago", "have the image signed again")
                : new TrustStep("age", StepOutcome.Passed, $"it was signed at {Rfc3339.Text(signed)}, within {Days(age)}");
        return met with { Steps = [.. met.Steps, step], IsTrusted = step.Outcome == StepOutcome.Passed, GoodUntil = Earlier(met.GoodUntil, met.SignedAt is { } at ? TimeSum.Of(at, age) : null) };
    }

    private static string Found(List<SignerFinding> signers, TrustEvidence evidence, int required, int met)
    {
        if (evidence.Signatures.Count == 0 && signers.TrueForAll(static s => s.Tried.Count == 0))
        {
            var tried = signers.Where(static s => s.Signer is ContentTrustSigner).Select(static s => s.Nothing).ToList();
            return tried.Count > 0 ? string.Join("; ", tried) : "no signature was found";
        }

        var shortfall = signers.Where(static s => s.Met is null).Take(3).Select(static s => $"{s.Signer.Name}: {s.Said}");
        return required > 1 ? string.Create(CultureInfo.InvariantCulture, $"{met} signed; {string.Join("; ", shortfall)}") : string.Join("; ", shortfall);
    }

    private static string Mend(List<SignerFinding> signers, TrustSubject subject)
    {
        if (signers.Select(static s => s.Nearest?.Verdict.Failure?.Mend).FirstOrDefault(static m => m is not null) is { } mend)
        {
            return mend;
        }

        return signers.TrueForAll(static s => s.Signer is ContentTrustSigner) ? "have the tag signed at the trust server, and see that this node reaches it or has its mirror"
            : $"have it signed (skerry image sign --key KEY {subject.Reference?.Name ?? "IMAGE"}@{subject.Manifest.Digest}), and pull it again";
    }

    private static TrustSection Section(string title, SignerFinding finding)
    {
        var shown = finding.Met is not null ? finding.Tried[^1] : finding.Nearest;
        return new TrustSection(title, shown is null
            ? [new TrustStep("evidence", StepOutcome.Failed, finding.Nothing)]
            : [new TrustStep("evidence", StepOutcome.Passed, $"{shown.Place}, for {shown.Document}{(finding.Tried.Count > 1 ? $" (of {finding.Tried.Count} that were tried)" : "")}"), .. shown.Verdict.Steps]);
    }

    private static TrustSection Section(AttestationFinding finding)
    {
        var signed = finding.Signed is null ? [] : Section("", finding.Signed).Steps;
        return new TrustSection($"attestation {finding.Demand.PredicateType}", finding.Content is null ? signed : [.. signed, finding.Content]);
    }

    /// <summary>When fewer than enough signers are left, or an attestation is not.</summary>
    private static DateTimeOffset? Until(List<SignerFinding> met, List<AttestationFinding> attestations, int required)
    {
        var last = met.Select(static f => f.Met!.GoodUntil ?? DateTimeOffset.MaxValue).OrderDescending().ElementAt(required - 1);
        var end = attestations.Select(static a => a.Signed!.Met!.GoodUntil ?? DateTimeOffset.MaxValue).Append(last).Min();
        return end == DateTimeOffset.MaxValue ? null : end;
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) => one is null ? other : other is null || one < other ? one : other;

    private static string Days(TimeSpan span) => span.TotalDays >= 1 && span.Ticks % TimeSpan.TicksPerDay == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalDays:0} days") : span.ToString("c", CultureInfo.InvariantCulture);
}
