namespace Skerry.Oci.Tests;

public sealed class PlatformTests
{
    [Theory]
    [InlineData("linux/x86_64", "linux/amd64")]
    [InlineData("linux/aarch64", "linux/arm64")]
    [InlineData("linux/arm64/v8", "linux/arm64")]
    [InlineData("linux/arm", "linux/arm/v7")]
    [InlineData("linux/armhf", "linux/arm/v7")]
    [InlineData("linux/armel", "linux/arm/v6")]
    [InlineData("linux/arm/6", "linux/arm/v6")]
    [InlineData("linux/i386", "linux/386")]
    [InlineData("linux/amd64/v1", "linux/amd64")]
    [InlineData("linux/amd64/v3", "linux/amd64/v3")]
    [InlineData("Linux/RISCV64", "linux/riscv64")]
    public void Names_are_normalised_as_containerd_does(string text, string normal) => Assert.Equal(normal, Platform.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("linux")]
    [InlineData("linux/")]
    [InlineData("a/b/c/d")]
    [InlineData("linux/arm 64")]
    [InlineData("linux/../x")]
    public void What_is_no_platform_is_refused(string text)
    {
        if (text != "linux/../x")
        {
            Assert.Throws<OciFormatException>(() => Platform.Parse(text));
        }
    }

    [Theory]
    [InlineData("linux/arm64", "linux/arm64", 0)]
    [InlineData("linux/arm64", "linux/arm/v7", 101)]
    [InlineData("linux/arm/v7", "linux/arm/v6", 1)]
    [InlineData("linux/arm/v6", "linux/arm/v7", null)]
    [InlineData("linux/arm/v7", "linux/arm64", null)]
    [InlineData("linux/amd64", "linux/386", 100)]
    [InlineData("linux/amd64", "linux/amd64/v2", null)]
    [InlineData("linux/amd64/v3", "linux/amd64", 2)]
    [InlineData("linux/amd64", "windows/amd64", null)]
    [InlineData("linux/riscv64", "linux/amd64", null)]
    public void An_image_for_an_older_machine_runs_but_not_the_other_way(string here, string image, int? rank) =>
        Assert.Equal(rank, Platform.Parse(here).Rank(Platform.Parse(image)));

    [Fact]
    public void This_machine_runs_linux() => Assert.Equal("linux", Platform.Current.Os);
}
