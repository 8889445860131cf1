using Skerry.Node.Isolation.Process;
using Skerry.Node.Policy;

namespace Skerry.Node.Tests.Isolation.Process;

public sealed class ProcessTierTests
{
    [Fact]
    public void It_can_give_what_the_lattice_says_makes_sense_in_it()
    {
        var tees = new ProcessTier(null!, "crun").Tees;
        Assert.Equal(TeeKinds.Sgx, tees);
        Assert.Equal(tees, Lattice.Standard.Find(ProcessTier.TierName)!.Tees);
    }
}
