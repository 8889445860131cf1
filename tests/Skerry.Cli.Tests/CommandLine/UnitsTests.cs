using Skerry.Cli.CommandLine;

namespace Skerry.Cli.Tests.CommandLine;

public sealed class UnitsTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("4096", 4096)]
    [InlineData("256Mi", 268435456)]
    [InlineData("256m", 268435456)]
    [InlineData("1g", 1073741824)]
    [InlineData("1gb", 1073741824)]
    [InlineData("1.5Gi", 1610612736)]
    [InlineData("64k", 65536)]
    [InlineData("500M", 500000000)]
    [InlineData("1e9", 1000000000)]
    [InlineData("2Ti", 2199023255552)]
    public void A_size_is_a_kubernetes_quantity_or_dockers(string text, long bytes) => Assert.Equal(bytes, Units.Bytes(text));

    [Theory]
    [InlineData("")]
    [InlineData("Mi")]
    [InlineData("-1")]
    [InlineData("1K")]
    [InlineData("1Q")]
    [InlineData("1.2.3Mi")]
    [InlineData("9Ei9")]
    [InlineData("99999999999Ti")]
    [InlineData("1e99")]
    [InlineData("0.5")]
    public void A_size_that_is_none_is_refused(string text) => Assert.Throws<FormatException>(() => Units.Bytes(text));

    [Theory]
    [InlineData("500m", 500)]
    [InlineData("0.5", 500)]
    [InlineData("2", 2000)]
    [InlineData("0.001", 1)]
    public void Cores_are_read_in_thousandths(string text, long millis) => Assert.Equal(millis, Units.CpuMillis(text));

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("0.0001")]
    [InlineData("half")]
    [InlineData("1.5m")]
    [InlineData("9999")]
    public void Cores_that_are_none_are_refused(string text) => Assert.Throws<FormatException>(() => Units.CpuMillis(text));

    [Theory]
    [InlineData("90", 90)]
    [InlineData("1m30s", 90)]
    [InlineData("2h", 7200)]
    [InlineData("1d", 86400)]
    [InlineData("1.5s", 1.5)]
    public void A_duration_is_read(string text, double seconds) => Assert.Equal(seconds, Units.Duration(text).TotalSeconds);

    [Fact]
    public void A_moment_is_absolute_or_so_long_ago()
    {
        var now = new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
        Assert.Equal(now.AddMinutes(-10).ToUnixTimeSeconds(), Units.Moment("10m", now).Seconds);
        Assert.Equal(new DateTimeOffset(2026, 1, 31, 11, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds(), Units.Moment("2026-01-31T12:00:00+01:00", now).Seconds);
        Assert.Equal(1700000000, Units.Moment("1700000000.5", now).Seconds);
        Assert.Throws<FormatException>(() => Units.Moment("yesterday", now));
    }
}
