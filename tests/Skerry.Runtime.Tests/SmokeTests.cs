namespace Skerry.Runtime.Tests;

public sealed class SmokeTests
{
    [Fact]
    public void The_test_host_runs() => Assert.Equal("linux", OperatingSystem.IsLinux() ? "linux" : "other");
}
