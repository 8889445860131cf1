using Skerry.Contracts.Journal.V1;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Configuration;
using Skerry.Node.Isolation.Microvm;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Tests.Isolation.Microvm;

/// <summary>Which VMM a pod's machine is made of.</summary>
public sealed class MachineChoicesTests
{
    [Fact]
    [Trait("Promise", "P-135")]
    public void The_preferred_one_is_taken_unless_the_pod_needs_what_it_has_not()
    {
        var all = Choices(Vmm.Firecracker, Vmm.Qemu);
        Assert.Equal(Vmm.Firecracker, all.For(Pod(1), null).Vmm);
        Assert.Equal(Vmm.Firecracker, all.For(Pod(1, Mount.Types.Type.Tmpfs), null).Vmm);
        Assert.Equal(Vmm.Qemu, all.For(Pod(1, Mount.Types.Type.Bind), null).Vmm);
        Assert.Equal(Vmm.Firecracker, all.For(Pod(14), null).Vmm);
        Assert.Equal(Vmm.Qemu, all.For(Pod(15), null).Vmm);
    }

    [Fact]
    [Trait("Promise", "P-135")]
    public void A_machine_that_lives_keeps_its_VMM_whatever_is_preferred_by_now()
    {
        var all = Choices(Vmm.Firecracker, Vmm.CloudHypervisor, Vmm.Qemu);
        Assert.Equal(Vmm.CloudHypervisor, all.For(Pod(1), new MachineRecord { Vmm = "cloud-hypervisor" }).Vmm);
        Assert.Equal(Vmm.Qemu, all.For(Pod(1), new MachineRecord()).Vmm);
    }

    [Fact]
    public void What_none_of_them_has_is_refused_with_what_would_help()
    {
        var refused = Assert.Throws<SpecRefusedException>(() => Choices(Vmm.Firecracker).For(Pod(1, Mount.Types.Type.Bind), null));
        Assert.Contains("Firecracker shows no directories and volumes", refused.Message, StringComparison.Ordinal);
        Assert.Contains("install QEMU or Cloud Hypervisor", refused.Message, StringComparison.Ordinal);
        refused = Assert.Throws<SpecRefusedException>(() => Choices(Vmm.Firecracker).For(Pod(15), null));
        Assert.Contains("room for the disks of 14 containers", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_smaller_comes_first_unless_machines_are_to_be_copies()
    {
        Assert.Equal(["firecracker", "cloud-hypervisor", "qemu"], Vmm.Allowed(new MicrovmOptions()).Select(static v => v.Kind));
        Assert.Equal("qemu", Vmm.Allowed(new MicrovmOptions { EnableTemplate = true })[0].Kind);
        Assert.Equal(["firecracker"], Vmm.Allowed(new MicrovmOptions { Hypervisor = "firecracker" }).Select(static v => v.Kind));
    }

    private static MachineChoices Choices(params IReadOnlyList<Vmm> vmms) =>
        new([.. vmms.Select(static v => new MachineChoice(new GuestFiles { Vmm = "v", Holder = "h", Kernel = "k", Initrd = "i" }, MachineChoice.Kvm) { Vmm = v })]);

    private static PodSpec Pod(int containers, Mount.Types.Type? mount = null)
    {
        var pod = new PodSpec();
        for (var i = 0; i < containers; i++)
        {
            pod.Containers.Add(new ContainerSpec { Name = $"c{i}" });
        }

        if (mount is { } type)
        {
            pod.Containers[0].Mounts.Add(new Mount { Type = type, Destination = "/m" });
        }

        return pod;
    }
}
