using System.Globalization;

namespace Skerry.Node.Policy;

/// <summary>One look over the tiers for one pod on one device.</summary>
internal readonly ref struct Look(DeviceProfile device, PodDemand demand, Lattice lattice, TierRule minimum, TeeKinds tees)
{
    /// <summary>
    /// What was found of a tier that this pod can have; null: it cannot, with why (<c>works by …</c>, <c>does not …</c>) and what would change it.
    /// </summary>
    internal TierStanding? WhyNot(TierRule rule, out string why, out string remedy)
    {
        remedy = string.Empty;
        if ((rule.Images & demand.Image) == 0)
        {
            why = $"does not run {Words(demand.Image)}";
            remedy = "name a tier that does, or leave the tier out";
            return null;
        }

        if (demand.Objections.TryGetValue(rule.Name, out var objection))
        {
            why = "refuses the pod: " + objection.Why;
            remedy = objection.Remedy;
            return null;
        }

        if (demand.Broken.TryGetValue(rule.Name, out var broken))
        {
            why = "broke under this pod: " + broken;
            remedy = "see skerry events, then remove the pod and run it anew";
            return null;
        }

        if (device.StandingOf(rule.Name) is not { } standing)
        {
            why = "is not in this version of Skerry";
            return null;
        }

        if (standing.Fitness is Fitness.No or Fitness.Untried)
        {
            why = standing.Fitness == Fitness.No ? "does not work here: " + standing.Reason : "is not known to work: " + standing.Reason;
            remedy = standing.Remedy;
            return null;
        }

        if (demand.Tee != TeeKinds.None && WhyNoTee(rule, standing) is { } noTee)
        {
            why = noTee;
            return null;
        }

        if (demand.MemoryBytes > 0 && demand.MemoryBytes + rule.Overhead > device.MemoryBytes)
        {
            why = string.Create(
                CultureInfo.InvariantCulture, $"needs {rule.Overhead >> 20} MiB beside the {demand.MemoryBytes >> 20} MiB of the pod, and the machine has {device.MemoryBytes >> 20} MiB");
            remedy = "lower the pod's memory limit";
            return null;
        }

        why = string.Empty;
        return standing;
    }

    /// <summary>The best tier of the device's class.</summary>
    /// <param name="all">The pod asks for something special: then also tiers that the class does not offer are looked at.</param>
    /// <param name="aside">What was looked at before.</param>
    internal TierDecision ByClass(bool all, List<TierSetAside> aside)
    {
        var fits = lattice.Classes[^1];
        foreach (var one in lattice.Classes)
        {
            if (one.Fits(device))
            {
                fits = one;
                break;
            }
        }

        TierRule? best = null;
        TierStanding? found = null;
        foreach (var name in fits.Order)
        {
            Consider(lattice.Find(name)!, aside, ref best, ref found);
        }

        foreach (var rule in lattice.Tiers)
        {
            if (!fits.Order.Contains(rule.Name))
            {
                if (all)
                {
                    Consider(rule, aside, ref best, ref found);
                }
                else
                {
                    SetAside(rule, aside);
                }
            }
        }

        return best is null
            ? Refuse(aside)
            : TierPlanner.Choose(best, Reason(best, found!, fits, aside), tees, fits.Name, fits.Vmm, aside);
    }

    private static string Words(ImageKinds image) => image switch
    {
        ImageKinds.Wasm => "WebAssembly images",
        ImageKinds.Unikernel => "images that are kernels",
        _ => "container images",
    };

    /// <summary>Takes a tier if it is better than the best so far, and sets the other aside.</summary>
    private void Consider(TierRule rule, List<TierSetAside> aside, ref TierRule? best, ref TierStanding? found)
    {
        // What can never be is not told: the list is for people who wonder.
        if ((rule.Images & demand.Image) == 0 || aside.Exists(a => a.Tier == rule.Name))
        {
            return;
        }

        if (rule.Strength < minimum.Strength)
        {
            aside.Add(new TierSetAside(rule.Name, $"is weaker than the minimum {minimum.Name}", string.Empty));
            return;
        }

        if (WhyNot(rule, out var why, out var remedy) is not { } standing)
        {
            aside.Add(new TierSetAside(rule.Name, why, remedy));
            return;
        }

        if (best is null)
        {
            (best, found) = (rule, standing);
        }
        else if (!lattice.PrefersStrength && standing.Fitness > found!.Fitness)
        {
            aside.Add(new TierSetAside(best.Name, "works slowly here: " + Way(found), $"ask for it: --tier {best.Name}"));
            (best, found) = (rule, standing);
        }
        else
        {
            aside.Add(new TierSetAside(rule.Name, $"comes after {best.Name} on this device", string.Empty));
        }
    }

    /// <summary>Tells of a tier that the device's class does not offer unasked.</summary>
    private void SetAside(TierRule rule, List<TierSetAside> aside)
    {
        if ((rule.Images & demand.Image) != 0 && !aside.Exists(a => a.Tier == rule.Name))
        {
            aside.Add(WhyNot(rule, out var why, out var remedy) is { } standing
                ? new TierSetAside(rule.Name, $"is not given unasked on such a device ({Way(standing)})", $"ask for it: --tier {rule.Name}")
                : new TierSetAside(rule.Name, why, remedy));
        }
    }

    private static string Way(TierStanding standing) =>
        standing.Detail.Length == 0 ? standing.Reason : standing.Reason.Length == 0 ? standing.Detail : $"{standing.Detail} ({standing.Reason})";

    private string? WhyNoTee(TierRule rule, TierStanding standing)
    {
        var possible = rule.Tees & tees;
        return possible == TeeKinds.None ? $"has no use for {TeeNames.Of(tees)}"
            : (possible & standing.Tees) == TeeKinds.None ? $"cannot be given {TeeNames.Of(possible)} by this version of Skerry"
            : standing.Fitness == Fitness.Works ? null : "is emulated here, and what is emulated is not trusted";
    }

    private string Reason(TierRule best, TierStanding found, DeviceClass fits, List<TierSetAside> aside)
    {
        var minimumNote = demand.Minimum.Length > 0 ? $", at least {minimum.Name}," : string.Empty;
        var speed = found.Fitness < Fitness.Works ? ", though slowly" : string.Empty;
        var stronger = string.Empty;
        foreach (var other in aside)
        {
            if (lattice.Find(other.Tier) is { } rule && rule.Strength > best.Strength)
            {
                stronger += $"; {other.Tier} {other.Why}";
            }
        }

        return $"the strongest tier{minimumNote} that this device ({fits.Name}) can afford and that works here{speed}: {Way(found)}{stronger}";
    }

    private TierDecision.Refused Refuse(List<TierSetAside> aside)
    {
        var able = new List<TierSetAside>(aside.Count);
        foreach (var other in aside)
        {
            if (lattice.Find(other.Tier)!.Strength >= minimum.Strength)
            {
                able.Add(other);
            }
        }

        // Where a minimum is what leaves nothing, a lower one helps.
        var isBounded = demand.Minimum.Length > 0 || minimum.Strength > lattice.Tiers[0].Strength;
        var what = demand.Minimum.Length > 0 ? $"at least {minimum.Name}" : minimum.Strength > lattice.Tiers[0].Strength ? $"at least {minimum.Name}, as the lattice wants" : "fit for this pod";
        return new TierDecision.Refused(
            able.Count == 0
                ? $"no tier of this version is {what} and runs {Words(demand.Image)}"
                : $"no tier that is {what} can be had: " + string.Join("; ", able.Select(static a => $"{a.Tier} {a.Why}")),
            string.Join("; ", able.Where(static a => a.Remedy.Length > 0).Select(static a => $"{a.Tier}: {a.Remedy}")) is { Length: > 0 } remedies ? remedies : isBounded ? "lower the minimum" : string.Empty,
            aside);
    }
}
