using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Life;

/// <summary>The published programs on kernels that mount control groups otherwise than this machine does, and on one that has KVM.</summary>
public sealed class LabTests
{
    [Fact]
    [Trait("Promise", "P-43")]
    public Task Limits_hold_on_cgroup_v1_hybrid_and_v2_in_the_lab() => Lab("v1", "hybrid", "v2");

    [Fact]
    [Trait("Promise", "P-170")]
    public Task What_is_denied_is_refused_by_security_hooks_in_the_lab() => Lab("lsm");

    [Fact]
    [Trait("Promise", "P-165")]
    public Task What_is_changed_beneath_the_file_system_is_never_read_in_the_lab() => Lab("verity");

    [Fact]
    [Trait("Promise", "P-180")]
    public Task Whole_pods_run_with_KVM_in_the_lab() => Lab("kvm");

    private static async Task Lab(params string[] modes)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("SKERRY_LAB") == "1", "emulates machines, which takes minutes: SKERRY_LAB=1, or scripts/lab by itself");
        var patience = TimeSpan.FromMinutes(45);
        using var process = Running.Start(Path.Combine(Programs.Repository, "scripts/lab"), modes);
        var said = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(patience, TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await said + await errors);
        Assert.EndsWith(" passed, 0 failed\n", await said, StringComparison.Ordinal);
    }
}
