using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Life;

/// <summary>The published programs on kernels that mount control groups otherwise than this machine does.</summary>
public sealed class LabTests
{
    [Fact]
    [Trait("Promise", "P-43")]
    public async Task Limits_hold_on_cgroup_v1_hybrid_and_v2_in_the_lab()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("SKERRY_LAB") == "1", "emulates three machines, which takes minutes: SKERRY_LAB=1, or scripts/lab by itself");
        using var process = Running.Start(Path.Combine(Programs.Repository, "scripts/lab"), []);
        var said = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromMinutes(30), TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await said + await errors);
        Assert.EndsWith(" passed, 0 failed\n", await said, StringComparison.Ordinal);
    }
}
