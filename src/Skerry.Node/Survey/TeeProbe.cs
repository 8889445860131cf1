using Skerry.Node.Policy;

namespace Skerry.Node.Survey;

/// <summary>
/// Trusted execution environments, as the processor, the kernel's modules and its devices show them. An environment is there when its
/// device is: a processor that could, with a kernel or firmware that does not, is told apart, with what to switch on.
/// </summary>
internal static class TeeProbe
{
    private const string SevDevice = "/dev/sev";
    private const string SgxDevice = "/dev/sgx_enclave";

    internal static IReadOnlyList<TeeVerdict> All(MachineFiles machine)
    {
        var flags = machine.ProcessorFlags();
        return
        [
            Sev(machine, flags, TeeKinds.Sev, "sev", "/sys/module/kvm_amd/parameters/sev", "kvm_amd.sev=1"),
            Sev(machine, flags, TeeKinds.SevSnp, "sev_snp", "/sys/module/kvm_amd/parameters/sev_snp", "kvm_amd.sev_snp=1 and the IOMMU on, Linux 6.11 or later"),
            Tdx(machine, flags),
            Sgx(machine, flags),
        ];
    }

    private static TeeVerdict Sev(MachineFiles machine, IReadOnlySet<string> flags, TeeKinds kind, string flag, string parameter, string asked)
    {
        if (machine.Has(SevDevice) && machine.IsOn(parameter))
        {
            return Yes(kind, $"{SevDevice}, and KVM has it switched on");
        }

        return !flags.Contains(flag) ? No(kind, "the processor does not have it", Hardware("an AMD EPYC processor", machine))
            : !machine.Has(SevDevice) ? No(kind, $"the processor has it, and there is no {SevDevice}", "enable secure memory encryption (SMEE, SEV) in the firmware and load the module ccp")
            : No(kind, $"the processor has it, and KVM does not use it ({parameter})", $"load kvm_amd with {asked}");
    }

    private static TeeVerdict Tdx(MachineFiles machine, IReadOnlySet<string> flags)
    {
        const string Parameter = "/sys/module/kvm_intel/parameters/tdx";
        return machine.IsOn(Parameter) ? Yes(TeeKinds.Tdx, "KVM has it switched on")
            : !flags.Contains("tdx_host_platform") ? No(TeeKinds.Tdx, "the processor does not have it, or its firmware keeps it off", Hardware("an Intel Xeon with TDX enabled in the firmware", machine))
            : No(TeeKinds.Tdx, $"the processor has it, and KVM does not use it ({Parameter})", "load kvm_intel with tdx=1, Linux 6.16 or later");
    }

    private static TeeVerdict Sgx(MachineFiles machine, IReadOnlySet<string> flags) =>
        machine.Has(SgxDevice) ? Yes(TeeKinds.Sgx, SgxDevice)
        : flags.Contains("sgx") ? No(TeeKinds.Sgx, $"the processor has it, and there is no {SgxDevice}", "enable SGX with launch control in the firmware; Linux 5.11 or later with CONFIG_X86_SGX")
        : No(TeeKinds.Sgx, "the processor does not have it, or its firmware keeps it off", Hardware("an Intel processor with SGX enabled in the firmware", machine));

    private static string Hardware(string needed, MachineFiles machine) =>
        machine.ProcessorFlags().Contains("hypervisor") ? $"run the node on {needed}; this machine is virtual, and its host must pass it on" : $"run the node on {needed}";

    private static TeeVerdict Yes(TeeKinds kind, string detail) => new(kind, true, detail, string.Empty, string.Empty);

    private static TeeVerdict No(TeeKinds kind, string reason, string remedy) => new(kind, false, string.Empty, reason, remedy);
}
