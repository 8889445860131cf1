namespace Skerry.Node.Policy;

/// <summary>
/// Decides the tier of a pod. Pure: the same device, demand and lattice always give the same answer. What must hold: the answer is never
/// weaker than the pod's minimum, a tier that a pod names is given or refused and never replaced, and a tier that does not work here is
/// never chosen.
/// </summary>
internal static class TierPlanner
{
    /// <summary>
    /// Decides.
    /// <list type="number">
    /// <item>Check the names: the minimum, and the tier against it.</item>
    /// <item>Find the trusted execution environments that can be had.</item>
    /// <item>Give the tier that the pod names, or refuse.</item>
    /// <item>Give the tier for trusted images, where the images are and it satisfies the minimum.</item>
    /// <item>
    /// Look through the tiers that the device's class prefers, and, for a minimum or a trusted execution environment that the pod asks
    /// for, through all others: those that work at speed first.
    /// </item>
    /// </list>
    /// </summary>
    internal static TierDecision Decide(DeviceProfile device, PodDemand demand, Lattice lattice)
    {
        // 1. names
        var named = demand.Minimum.Length > 0;
        if (lattice.Find(named ? demand.Minimum : lattice.AutoMinimum) is not { } minimum)
        {
            return Unknown("the minimum", demand.Minimum, lattice);
        }

        var wanted = demand.Tier.Length > 0 ? lattice.Find(demand.Tier) : null;
        if (demand.Tier.Length > 0 && wanted is null)
        {
            return Unknown("the tier", demand.Tier, lattice);
        }

        if (wanted is not null && named && wanted.Strength < minimum.Strength)
        {
            return new TierDecision.Refused(
                $"the pod names tier {wanted.Name}, which is weaker than its own minimum {minimum.Name}", $"name {minimum.Name} or a stronger tier, or lower the minimum", []);
        }

        // 2. trusted execution environment
        var tees = TeeKinds.None;
        if (demand.Tee != TeeKinds.None)
        {
            tees = device.AvailableTees() & demand.Tee;
            if (tees == TeeKinds.None)
            {
                return NoTee(device, demand.Tee);
            }
        }

        var look = new Look(device, demand, lattice, minimum, tees);

        // 3. named
        if (wanted is not null)
        {
            return look.WhyNot(wanted, out var why, out var remedy) is { } standing
                ? Choose(wanted, standing.Detail.Length > 0 ? $"asked for; {standing.Detail}" : "asked for", tees, string.Empty, string.Empty, [])
                : new TierDecision.Refused($"the pod names tier {wanted.Name}, which {why}, and no other tier is taken in its place", remedy, [new TierSetAside(wanted.Name, why, remedy)]);
        }

        // 4. trusted
        List<TierSetAside> aside = [];
        if (demand.TrustedBy is { } rule && lattice.Find(lattice.TrustedTier) is { } trusted && trusted.Strength >= minimum.Strength)
        {
            if (look.WhyNot(trusted, out var why, out var remedy) is { } standing)
            {
                return Choose(trusted, $"its images are trusted ('{rule}'); {standing.Detail}", tees, string.Empty, string.Empty, aside);
            }

            aside.Add(new TierSetAside(trusted.Name, why, remedy));
        }

        // 5. class
        return look.ByClass(named || demand.Tee != TeeKinds.None, aside);
    }

    /// <summary>The decision, with the strongest of the environments that the tier can have.</summary>
    internal static TierDecision.Chosen Choose(TierRule rule, string reason, TeeKinds tees, string deviceClass, string vmm, List<TierSetAside> aside)
    {
        var tee = Array.Find(TeeNames.Order, kind => (tees & rule.Tees & kind) != 0);
        return new TierDecision.Chosen(rule.Name, tee == TeeKinds.None ? reason : $"{reason}; with {TeeNames.Of(tee)}", aside) { DeviceClass = deviceClass, Vmm = vmm, Tee = tee };
    }

    private static TierDecision.Refused Unknown(string what, string name, Lattice lattice) =>
        new($"{what} '{name}' is not a tier", "the tiers are " + lattice.Names(), []);

    private static TierDecision.Refused NoTee(DeviceProfile device, TeeKinds asked)
    {
        var absent = device.Tees.Where(t => asked.HasFlag(t.Kind) && !t.Available).ToList();
        return new TierDecision.Refused(
            absent.Count == 0 ? $"the pod needs {TeeNames.Of(asked)}, and nothing was found out about it here"
                : "the pod needs " + (asked == TeeKinds.Any ? "a trusted execution environment" : TeeNames.Of(asked)) + ", and this machine has none: "
                    + string.Join("; ", absent.Select(static t => $"{TeeNames.Of(t.Kind)}: {t.Reason}")),
            absent.Count == 1 ? absent[0].Remedy : string.Join("; ", absent.Where(static t => t.Remedy.Length > 0).Select(static t => $"{TeeNames.Of(t.Kind)}: {t.Remedy}")),
            []);
    }
}
