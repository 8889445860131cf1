using Skerry.Node.Isolation.Microvm;

namespace Skerry.Node.Tests.Isolation.Microvm;

public sealed class KernelParametersTests
{
    [Fact]
    public void Protections_of_the_processor_are_left_out_only_where_it_is_emulated()
    {
        Assert.Contains("mitigations=off", KernelParameters.Of(isEmulated: true, string.Empty), StringComparison.Ordinal);
        Assert.DoesNotContain("mitigations", KernelParameters.Of(isEmulated: false, string.Empty), StringComparison.Ordinal);
        Assert.DoesNotContain("nokaslr", KernelParameters.Of(isEmulated: false, string.Empty), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_configured_comes_last() =>
        Assert.EndsWith(" loglevel=7", KernelParameters.Of(isEmulated: false, "loglevel=7"), StringComparison.Ordinal);

    [Fact]
    public void A_guest_is_told_how_its_VMM_is_reached_and_ends()
    {
        Assert.Contains(" skerry.channel=vsock skerry.end=reset loglevel=7", KernelParameters.Of(isEmulated: false, "loglevel=7", Vmm.Firecracker.Words), StringComparison.Ordinal);
        Assert.DoesNotContain("skerry.end", KernelParameters.Of(isEmulated: false, string.Empty, Vmm.CloudHypervisor.Words), StringComparison.Ordinal);
        Assert.DoesNotContain("skerry.", KernelParameters.Of(isEmulated: false, string.Empty, Vmm.Qemu.Words), StringComparison.Ordinal);
    }

    [Fact]
    public void The_speed_of_the_counter_is_the_machines() =>
        Assert.Equal(2596148, KernelParameters.TimeStampKilohertz(["processor\t: 0", "cpu MHz\t\t: 2596.148", "cpu MHz\t\t: 1.0"]));

    [Theory]
    [InlineData("cpu MHz")]
    [InlineData("cpu MHz\t: fast")]
    [InlineData("BogoMIPS : 2")]
    public void Where_it_is_not_told_it_is_not_known(string line) => Assert.Null(KernelParameters.TimeStampKilohertz([line]));
}
