using Skerry.Contracts.Vmm;
using Skerry.Vmm.Machines.CloudHypervisor;
using Skerry.Vmm.Machines.Firecracker;

namespace Skerry.Vmm.Machines;

/// <summary>Which VMM a document names.</summary>
internal static class VmmKind
{
    /// <summary>Makes ready for one.</summary>
    /// <param name="vm">The machine.</param>
    /// <param name="clock">For deadlines.</param>
    /// <exception cref="IOException">It is none of those that are known.</exception>
    /// <exception cref="ArgumentException">The document has a text that cannot be passed to it.</exception>
    internal static IVmm Of(VmDocument vm, TimeProvider clock) => vm.Kind switch
    {
        VmDocument.Qemu => new QemuVmm(vm, clock),
        VmDocument.Firecracker => new FirecrackerVmm(vm, clock),
        VmDocument.CloudHypervisor => new CloudHypervisorVmm(vm, clock),
        var other => throw new IOException($"there is no VMM '{other}': qemu, firecracker and cloud-hypervisor are known"),
    };
}
