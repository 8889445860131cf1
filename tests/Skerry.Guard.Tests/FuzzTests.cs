using System.Diagnostics;

namespace Skerry.Guard.Tests;

/// <summary>All fuzz targets for a moment each, in a process of their own with little memory. The same inputs each time, unless <c>SKERRY_FUZZ_SEED</c> is set.</summary>
public sealed class FuzzTests
{
    [Fact]
    public async Task Rules_and_recordings_made_at_random_find_nothing()
    {
        var seed = Environment.GetEnvironmentVariable("SKERRY_FUZZ_SEED") ?? "1";
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Skerry.Guard.Fuzz"), ["--seconds", "10", "--seed", seed]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "../../.."));
        start.Environment["DOTNET_GCHeapHardLimit"] = "0x20000000";
        using var fuzz = Process.Start(start)!;
        var said = fuzz.StandardOutput.ReadToEndAsync();
        var error = fuzz.StandardError.ReadToEndAsync();
        await fuzz.WaitForExitAsync();
        Assert.True(fuzz.ExitCode == 0, $"seed {seed}: {await said}{await error}");
        Assert.Contains("content: ", await said, StringComparison.Ordinal);
    }
}
