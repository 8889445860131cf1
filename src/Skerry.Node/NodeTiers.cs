using Skerry.Node.Configuration;
using Skerry.Node.Isolation;
using Skerry.Node.Isolation.Cgroups;
using Skerry.Node.Isolation.Spec;
using Skerry.Node.Policy;
using Skerry.Node.Reconcile;
using Skerry.Node.Survey;

namespace Skerry.Node;

/// <summary>Puts together what chooses tiers.</summary>
internal static class NodeTiers
{
    internal static TierDesk Open(NodeOptions options, CgroupLayout layout, TierSet tiers, TrialCache trials, Lattice lattice, TrustedImages trusted)
    {
        var cgroup = layout.Mode switch { CgroupMode.V1 => "v1", CgroupMode.Hybrid => "hybrid", _ => "v2" };
        var survey = new DeviceSurvey(
            DeviceProbe.Read(MachineFiles.This, options.Root, cgroup), tiers, lattice, trials, () => KvmProbe.Find(Environment.ProcessPath!, trials), TrialCache.Identity);
        return new TierDesk(tiers, survey, lattice, trusted);
    }
}
