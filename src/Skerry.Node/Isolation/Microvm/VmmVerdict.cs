using Skerry.Contracts.Vmm;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>Says for people what a trial of VMMs found: what machines are made of, and of each that is installed and not used why it is not.</summary>
internal static class VmmVerdict
{
    private const string NeedsKvm = "needs KVM";

    /// <param name="found">Of each VMM that is installed, the preferred first.</param>
    internal static TierVerdict Of(IReadOnlyList<VmmFinding> found)
    {
        var working = found.Where(static f => f.Works).ToList();
        var idle = found.Where(static f => !f.Works).ToList();
        if (working.Count == 0)
        {
            var qemu = idle.FirstOrDefault(static f => f.Accelerator == MachineChoice.Emulation);
            return qemu is not null
                ? TierVerdict.No($"a guest did not come up: {qemu.Remark}", "skerry doctor, or another kernel_path under [microvm] in skerry.toml")
                : TierVerdict.No(string.Join("; ", idle.Select(static f => $"{Title(f)} {NeedsKvm}, and {f.Remark}")), "install QEMU beside it, which emulates, and leave hypervisor under [microvm] in skerry.toml at \"auto\", or see that KVM runs guests (skerry node)");
        }

        var first = working[0];
        var isEmulated = first.Accelerator == MachineChoice.Emulation;
        List<string> words = [isEmulated ? $"{Title(first)} by software emulation, because {first.Remark}" : $"{Title(first)} with KVM"];
        words.AddRange(working.Skip(1).Select(f => $"{Title(f)} {(f.Accelerator == MachineChoice.Emulation ? "by software emulation" : "with KVM")} where a pod needs what {Title(first)} has not"));
        words.AddRange(idle.Select(f => isEmulated && f.Remark == first.Remark ? $"{Title(f)} is installed and not used: it {NeedsKvm}" : $"{Title(f)} is installed and not used: it {NeedsKvm}, and {f.Remark}"));
        return TierVerdict.Yes($"{first.Kind}, guest kernel {first.Version}", string.Join("; ", words), isSlow: isEmulated);
    }

    private static string Title(VmmFinding finding) => finding.Kind switch
    {
        VmDocument.Firecracker => Vmm.Firecracker.Title,
        VmDocument.CloudHypervisor => Vmm.CloudHypervisor.Title,
        _ => Vmm.Qemu.Title,
    };
}
