using Skerry.Contracts.Journal.V1;
using Skerry.Contracts.Node.V1;
using Skerry.Contracts.Vmm;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>The VMMs that work on this node, the preferred first.</summary>
internal sealed record MachineChoices(IReadOnlyList<MachineChoice> All)
{
    /// <summary>Whether a pod is shown directories or volumes of the node.</summary>
    internal static bool HasVolumes(PodSpec pod) => pod.Containers.Any(static c => c.Mounts.Any(static m => m.Type != Mount.Types.Type.Tmpfs));

    /// <summary>The one for a pod: that of its machine while this lives, else the first that can do what the pod asks for.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="machine">Its machine; null: it has none that lives.</param>
    /// <exception cref="SpecRefusedException">None can.</exception>
    internal MachineChoice For(PodSpec pod, MachineRecord? machine)
    {
        var kind = machine is null ? null : machine.Vmm.Length == 0 ? VmDocument.Qemu : machine.Vmm;
        if (All.FirstOrDefault(c => c.Vmm.Kind == kind) is { } living)
        {
            return living;
        }

        var able = All.Where(c => c.Vmm.HasVolumes || !HasVolumes(pod)).ToList();
        if (able.Count == 0)
        {
            throw new SpecRefusedException("mounts", $"{Titles(All)} shows no directories and volumes of the node to a machine", "install QEMU or Cloud Hypervisor beside it, bring the files in the image, or use another tier");
        }

        return able.FirstOrDefault(c => pod.Containers.Count < c.Vmm.MostDisks) ?? throw new SpecRefusedException(
            "containers",
            $"a microVM of {Titles(able)} has room for the disks of {able.Max(static c => c.Vmm.MostDisks) - 1} containers, and the pod has {pod.Containers.Count}",
            "make several pods of it, or use --tier process");
    }

    private static string Titles(IEnumerable<MachineChoice> choices) => string.Join(" and ", choices.Select(static c => c.Vmm.Title));
}
