using Skerry.Contracts.Node.V1;
using Skerry.Node.Isolation;
using Skerry.Node.Isolation.Spec;
using Skerry.Node.Policy;
using Skerry.Node.Pods;
using Skerry.Node.Survey;
using Skerry.Oci;

namespace Skerry.Node.Reconcile;

/// <summary>
/// Gives a pod its tier: gathers what the pod asks for and what is known of the device, asks the planner, and tries what the pod needs to
/// be known. A pod for which something known will do waits for no trial.
/// </summary>
internal sealed class TierDesk(TierSet tiers, DeviceSurvey survey, Lattice lattice, TrustedImages trusted)
{
    private static readonly Dictionary<string, string> Nothing = [];
    private static readonly Dictionary<string, TierObjection> NoObjection = [];

    /// <summary>The lattice in force.</summary>
    internal Lattice Lattice => lattice;

    /// <summary>What is known of the device.</summary>
    internal DeviceSurvey Survey => survey;

    /// <summary>Decides for a complete spec.</summary>
    /// <param name="spec">What the pod asks for.</param>
    /// <param name="images">Its images, in the order of its containers; null: they are not here yet.</param>
    /// <param name="broken">Tiers that broke under it.</param>
    /// <param name="absent">What images are taken for that are not here.</param>
    internal async Task<TierDecision> Decide(
        PodSpec spec, IReadOnlyList<TierImage>? images, IReadOnlyDictionary<string, string>? broken = null, ImageKinds absent = ImageKinds.Unknown)
    {
        var demand = Demand(spec, images, broken, absent);
        if (spec.Tier.Length > 0)
        {
            await survey.Know(spec.Tier).ConfigureAwait(false);
            return TierPlanner.Decide(survey.Now(), demand, lattice);
        }

        if (spec.MinimumTier.Length > 0 || spec.Tee.Length > 0 || broken is { Count: > 0 })
        {
            await survey.Kvm().ConfigureAwait(false);
        }

        // Where nothing that is known will do, the next best is tried, until one does.
        HashSet<string> known = new(StringComparer.Ordinal);
        while (true)
        {
            var device = survey.Now();
            var decision = TierPlanner.Decide(device, demand, lattice);
            var untried = decision is TierDecision.Chosen ? null : decision.Considered.FirstOrDefault(c => device.StandingOf(c.Tier) is { Fitness: Fitness.Untried } && !known.Contains(c.Tier)).Tier;
            if (untried is null)
            {
                return decision;
            }

            known.Add(untried);
            await survey.Know(untried).ConfigureAwait(false);
        }
    }

    /// <summary>What <see cref="Assign"/> would give a pod, with what a named tier says against it as the refusal.</summary>
    internal async Task<TierDecision> Plan(PodSpec spec, IReadOnlyList<TierImage>? images)
    {
        try
        {
            CheckNamed(spec, images);

            // Of an image that is not here what is most likely is told.
            return await Decide(spec, images, broken: null, ImageKinds.Container).ConfigureAwait(false);
        }
        catch (SpecRefusedException refused)
        {
            return new TierDecision.Refused($"the pod names tier {spec.Tier}, which refuses it: {refused.Refusal}", refused.Next, []);
        }
    }

    /// <summary>The tier of a new pod.</summary>
    /// <exception cref="PodException">There is none.</exception>
    /// <exception cref="SpecRefusedException">The tier that the pod names refuses it.</exception>
    internal async Task<AssignedTier> Assign(PodSpec spec, IReadOnlyList<TierImage>? images)
    {
        CheckNamed(spec, images);
        return await Decide(spec, images).ConfigureAwait(false) switch
        {
            TierDecision.Chosen chosen => await Assigned(chosen).ConfigureAwait(false),
            TierDecision.Refused refused => throw Refusal(refused),
            _ => throw new InvalidOperationException("the planner decided nothing"),
        };
    }

    /// <summary>A decision with what runs it.</summary>
    internal async Task<AssignedTier> Assigned(TierDecision.Chosen chosen)
    {
        var verdict = await tiers[chosen.Tier].Tried.ConfigureAwait(false);
        return new AssignedTier(chosen.Tier, chosen.Reason, verdict.Runtime, chosen.Tee);
    }

    /// <summary>A refusal as an error.</summary>
    internal static PodException Refusal(TierDecision.Refused refused) =>
        PodException.Refused("tier: " + refused.Reason, refused.Remedy.Length > 0 ? refused.Remedy : "see skerry node");

    private void CheckNamed(PodSpec spec, IReadOnlyList<TierImage>? images)
    {
        if (spec.Tier.Length == 0 || tiers.TryFind(spec.Tier) is not { } named)
        {
            return;
        }

        Check(named, spec, images);
    }

    /// <summary>Sees whether a tier can do what a pod asks for, and what the trust policies of its images do.</summary>
    /// <exception cref="SpecRefusedException">It cannot.</exception>
    private static void Check(Tier tier, PodSpec spec, IReadOnlyList<TierImage>? images)
    {
        tier.Check(spec);
        for (var i = 0; i < images?.Count; i++)
        {
            tier.CheckImage(spec.Containers[i], images[i]);
            if (images[i].DeniesDrift && DriftWatch.WhyNobodyRefuses(tier.Name) is { } why)
            {
                throw new SpecRefusedException("image", $"{spec.Containers[i].Image}: {why}", DriftWatch.Remedy);
            }
        }
    }

    private PodDemand Demand(PodSpec spec, IReadOnlyList<TierImage>? images, IReadOnlyDictionary<string, string>? broken, ImageKinds absent)
    {
        // A named tier has said itself whether it runs them (a module may be in an image for Linux).
        var kind = spec.Tier.Length > 0 ? ImageKinds.Unknown : images is null ? absent : Kind(images);
        return new PodDemand
        {
            Tier = spec.Tier,
            Minimum = spec.MinimumTier,
            TrustedBy = TrustedBy(spec),
            Image = kind,
            Tee = TeeNames.Parse(spec.Tee) ?? TeeKinds.None,
            MemoryBytes = spec.Containers.All(static c => c.Resources is { MemoryBytes: > 0 }) ? spec.Containers.Sum(static c => c.Resources.MemoryBytes) : 0,
            Objections = spec.Tier.Length > 0 ? NoObjection : Objections(spec, images, kind),
            Broken = broken ?? Nothing,
        };
    }

    /// <summary>The rule by which all images are trusted, or null.</summary>
    private string? TrustedBy(PodSpec spec)
    {
        string? rule = null;
        foreach (var container in spec.Containers)
        {
            if (!ImageReference.TryParse(container.Image, out var reference) || trusted.RuleFor(reference.Name) is not { } found)
            {
                return null;
            }

            rule = found;
        }

        return rule;
    }

    /// <summary>What the images are: a kind of its own where a tier claims them all.</summary>
    private ImageKinds Kind(IReadOnlyList<TierImage> images) =>
        tiers.All.FirstOrDefault(t => images.All(t.Claims)) is { } tier && lattice.Find(tier.Name) is { } rule ? rule.Images : ImageKinds.Container;

    /// <summary>What each tier that runs such images says against the pod.</summary>
    private Dictionary<string, TierObjection> Objections(PodSpec spec, IReadOnlyList<TierImage>? images, ImageKinds kind)
    {
        Dictionary<string, TierObjection>? found = null;
        foreach (var tier in tiers.All)
        {
            if (lattice.Find(tier.Name) is not { } rule || (rule.Images & kind) == 0)
            {
                continue;
            }

            try
            {
                Check(tier, spec, images);
            }
            catch (SpecRefusedException refused)
            {
                (found ??= new(StringComparer.Ordinal))[tier.Name] = new TierObjection(refused.Refusal, refused.Next);
            }
        }

        return found ?? NoObjection;
    }
}
