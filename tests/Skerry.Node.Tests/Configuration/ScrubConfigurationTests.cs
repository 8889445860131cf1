using Skerry.Node.Configuration;

namespace Skerry.Node.Tests.Configuration;

/// <summary>[images]: how often images are read again, and how fast.</summary>
public sealed class ScrubConfigurationTests
{
    [Theory]
    [InlineData("", 7 * 24)]
    [InlineData("scrub = \"12h\"", 12)]
    [InlineData("scrub = \"30d\"", 30 * 24)]
    [InlineData("scrub = \"off\"", null)]
    public void How_often_is_understood(string line, int? hours) =>
        Assert.Equal(hours is { } some ? TimeSpan.FromHours(some) : null, Parse(line).ImageScrubEvery);

    [Fact]
    public void How_fast_is_understood() => Assert.Equal(1 << 20, Parse("scrub_rate = \"1Mi\"").ImageScrubRate);

    [Theory]
    [InlineData("scrub = \"0d\"", "line 2: 'images.scrub' takes a time such as \"7d\"")]
    [InlineData("scrub = \"7\"", "line 2: 'images.scrub' takes a time such as \"7d\"")]
    [InlineData("scrub = \"99999d\"", "line 2: 'images.scrub' takes a time such as \"7d\"")]
    [InlineData("scrub = 7", "line 2: 'images.scrub' takes a time such as \"7d\"")]
    [InlineData("scrub_rate = 100", "line 2: 'images.scrub_rate' takes bytes a second, from \"64Ki\" on")]
    public void What_cannot_be_is_refused_with_its_line(string line, string message) =>
        Assert.Contains(message, Assert.Throws<ConfigurationException>(() => Parse(line)).Message, StringComparison.Ordinal);

    private static NodeOptions Parse(string line) => NodeConfiguration.Parse($"[images]\n{line}\n", "f.toml", new NodeOptions());
}
