using Skerry.Node.Configuration;

namespace Skerry.Node.Tests.Configuration;

/// <summary>[record]: what can be said of the flight recorder.</summary>
public sealed class RecordConfigurationTests
{
    [Fact]
    public void Every_key_is_understood()
    {
        var read = Parse("[record]\nenabled = false\nquota = \"1Gi\"\nreserve = 5\nflush_seconds = 30\nsync = \"segment\"\n");
        Assert.Equal(new RecordOptions { Enabled = false, Quota = 1 << 30, Reserve = 5, Flush = TimeSpan.FromSeconds(30), Sync = RecordSync.Segment }, read);
    }

    [Theory]
    [InlineData("[record]\nquota = 100\n", "f.toml: line 2: 'record.quota' takes 1Mi at least")]
    [InlineData("[record]\nflush_seconds = 0\n", "line 2: 'record.flush_seconds' takes a number from 1 to 3600")]
    [InlineData("[record]\nsync = \"never\"\n", "line 2: 'record.sync' takes one of \"block\", \"segment\"")]
    [InlineData("[record]\nsize = 1\n", "line 2: unknown key 'record.size'")]
    public void What_cannot_be_is_refused_with_its_line(string text, string message) =>
        Assert.Contains(message, Assert.Throws<ConfigurationException>(() => Parse(text)).Message, StringComparison.Ordinal);

    private static RecordOptions Parse(string text) => NodeConfiguration.Parse(text, "f.toml", new NodeOptions()).Record;
}
