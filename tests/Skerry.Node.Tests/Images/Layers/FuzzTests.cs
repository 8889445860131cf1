using System.Diagnostics;

namespace Skerry.Node.Tests.Images.Layers;

/// <summary>
/// All fuzz targets for a moment each, the extractor of layers for longer, in a process of their own with little memory. The same inputs each time, unless
/// <c>SKERRY_FUZZ_SEED</c> is set: who looks for new ones looks for longer, and not when something else is to be tested (CONTRIBUTING.md).
/// </summary>
public sealed class FuzzTests
{
    [Fact]
    [Trait("Promise", "P-06")]
    public async Task Hostile_layers_and_documents_made_at_random_find_nothing()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: layers keep owners, whiteouts and trusted attributes");
        var seed = Environment.GetEnvironmentVariable("SKERRY_FUZZ_SEED") ?? "1";
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Skerry.Oci.Fuzz"), ["--seconds", "10", "--seed", seed]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "../../.."));
        start.Environment["DOTNET_GCHeapHardLimit"] = "0x20000000";
        using var fuzz = Process.Start(start)!;
        var said = fuzz.StandardOutput.ReadToEndAsync();
        var error = fuzz.StandardError.ReadToEndAsync();
        await fuzz.WaitForExitAsync();
        Assert.True(fuzz.ExitCode == 0, $"seed {seed}: {await said}{await error}");
        Assert.Contains("extract: ", await said, StringComparison.Ordinal);
    }
}
