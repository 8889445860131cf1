using Skerry.Node.Isolation.Spec;

namespace Skerry.System.Tests.Attacks;

/// <summary>What <see cref="OciSpec"/> writes is taken by the real runtimes, and is what the process then finds.</summary>
public sealed class OciSpecRunsTests
{
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void A_container_starts_hardened(bool crun, bool users)
    {
        var kind = crun ? RuntimeKind.Crun : RuntimeKind.Runc;
        OciBundle.SkipUnlessPossible(kind);
        using var bundle = new OciBundle(kind, users);
        var (code, output) = bundle.RunScript("id -u; grep -E 'NoNewPrivs|CapEff|CapBnd|CapAmb|CapInh' /proc/self/status; cat /proc/self/uid_map");
        Assert.True(code == 0, output);
        Assert.Contains("NoNewPrivs:\t1", output, StringComparison.Ordinal);
        Assert.Contains("CapAmb:\t0000000000000000", output, StringComparison.Ordinal);
        Assert.Contains("CapInh:\t0000000000000000", output, StringComparison.Ordinal);
        Assert.Contains("CapBnd:\t00000000000004fb", output, StringComparison.Ordinal);
        if (users)
            Assert.Matches(@"\s+0\s+1000000\s+65536", output);
    }
}
