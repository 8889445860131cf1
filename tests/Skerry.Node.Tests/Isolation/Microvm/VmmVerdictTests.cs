using Skerry.Node.Isolation.Microvm;

namespace Skerry.Node.Tests.Isolation.Microvm;

/// <summary>What people read of the VMMs that are installed.</summary>
public sealed class VmmVerdictTests
{
    private const string Kernel = "6.1.0-cloud";
    private const string Slow = "/dev/kvm is there, but a guest did not come up with it: no answer in time";

    [Fact]
    [Trait("Promise", "P-134")]
    public void Where_KVM_runs_no_guest_emulation_is_used_and_why_the_others_are_not()
    {
        var verdict = VmmVerdict.Of([Idle("firecracker", Slow), Idle("cloud-hypervisor", Slow), new("qemu", "tcg", Kernel, Slow)]);
        Assert.True(verdict.Works);
        Assert.True(verdict.IsSlow);
        Assert.Equal("qemu, guest kernel 6.1.0-cloud", verdict.Runtime);
        Assert.Equal(
            $"QEMU by software emulation, because {Slow}; Firecracker is installed and not used: it needs KVM; Cloud Hypervisor is installed and not used: it needs KVM",
            verdict.Detail);
    }

    [Fact]
    [Trait("Promise", "P-134")]
    public void A_VMM_that_was_named_and_cannot_run_is_refused_with_what_would_help()
    {
        var verdict = VmmVerdict.Of([Idle("firecracker", "there is no /dev/kvm")]);
        Assert.False(verdict.Works);
        Assert.Equal("Firecracker needs KVM, and there is no /dev/kvm", verdict.Reason);
        Assert.Contains("QEMU", verdict.Next, StringComparison.Ordinal);
    }

    [Fact]
    public void The_preferred_one_is_named_first_and_one_beside_it_for_what_it_has_not()
    {
        var verdict = VmmVerdict.Of([Works("firecracker"), Idle("cloud-hypervisor", "a guest did not come up with it: it ended"), Works("qemu")]);
        Assert.False(verdict.IsSlow);
        Assert.Equal("firecracker, guest kernel 6.1.0-cloud", verdict.Runtime);
        Assert.Equal(
            "Firecracker with KVM; QEMU by software emulation where a pod needs what Firecracker has not",
            VmmVerdict.Of([Works("firecracker"), new("qemu", "tcg", Kernel, Slow)]).Detail);
        Assert.Equal(
            "Firecracker with KVM; QEMU with KVM where a pod needs what Firecracker has not; Cloud Hypervisor is installed and not used: it needs KVM, and a guest did not come up with it: it ended",
            verdict.Detail);
    }

    [Fact]
    public void A_QEMU_alone_says_what_it_always_said()
    {
        Assert.Equal("QEMU with KVM", VmmVerdict.Of([Works("qemu")]).Detail);
        Assert.Equal("a guest did not come up: its VMM ended", VmmVerdict.Of([new("qemu", "tcg", string.Empty, "its VMM ended")]).Reason);
    }

    private static VmmFinding Works(string kind) => new(kind, "kvm", Kernel, string.Empty);

    private static VmmFinding Idle(string kind, string why) => new(kind, "kvm", string.Empty, why);
}
