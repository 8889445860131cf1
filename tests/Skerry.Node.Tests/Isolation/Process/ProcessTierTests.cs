using Skerry.Node.Isolation.Process;
using Skerry.Node.Policy;
using Skerry.Node.Tests.Policy;

namespace Skerry.Node.Tests.Isolation.Process;

public sealed class ProcessTierTests
{
    [Fact]
    public void It_can_give_what_the_lattice_says_makes_sense_in_it()
    {
        var tees = new ProcessTier(null!, "crun").Tees;
        Assert.Equal(TeeKinds.Sgx, tees);
        Assert.Equal(tees, Devices.BuiltIn.Find(ProcessTier.TierName)!.Tees);
    }
}
