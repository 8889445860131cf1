using Skerry.Contracts.Vmm;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>How machines of one VMM work on this node, as a trial found.</summary>
/// <param name="Files">Programs and files.</param>
/// <param name="Accelerator">kvm, or tcg for software emulation.</param>
internal sealed record MachineChoice(GuestFiles Files, string Accelerator)
{
    /// <summary>QEMU without KVM.</summary>
    internal const string Emulation = "tcg";

    /// <summary>The processor's own support for machines.</summary>
    internal const string Kvm = VmDocument.Kvm;

    /// <summary>The VMM.</summary>
    public Vmm Vmm { get; init; } = Vmm.Qemu;

    /// <summary>The VMM gives the memory of translated code back while the guest rests.</summary>
    public bool Sheds { get; init; }

    /// <summary>There is no KVM that is of use.</summary>
    internal bool IsEmulated => Accelerator == Emulation;
}
