using CsCheck;

namespace Skerry.Oci.Tests;

public sealed class ByteCountTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("4096", 4096)]
    [InlineData("256Mi", 256L << 20)]
    [InlineData("256MiB", 256L << 20)]
    [InlineData("1G", 1_000_000_000)]
    [InlineData("1GB", 1_000_000_000)]
    [InlineData("1k", 1000)]
    [InlineData("1K", 1000)]
    [InlineData("1Ki", 1024)]
    [InlineData("1.5Gi", 3L << 29)]
    [InlineData("100B", 100)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void Sizes_with_units_are_read(string text, long bytes) => Assert.Equal(bytes, ByteCount.Parse(text).Bytes);

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("1m")]
    [InlineData("1g")]
    [InlineData("1ki")]
    [InlineData("Mi")]
    [InlineData("1.5")]
    [InlineData("0.1Ki")]
    [InlineData("1 Mi")]
    [InlineData("8Ei")]
    [InlineData("9223372036854775808")]
    [InlineData("99999999999999999999999999999999999999999")]
    [InlineData("1.2.3")]
    [InlineData("1e3")]
    public void What_is_no_size_is_refused(string text) => Assert.Throws<OciFormatException>(() => ByteCount.Parse(text));

    [Fact]
    public void Every_size_is_read_back_from_its_text() =>
        Gen.Long[0, long.MaxValue].Sample(bytes => ByteCount.Parse(new ByteCount(bytes).ToString()).Bytes == bytes);

    [Fact]
    public void People_read_it_rounded()
    {
        Assert.Equal("1.5 MiB", new ByteCount(3 << 19).ToHuman());
        Assert.Equal("12 B", new ByteCount(12).ToHuman());
    }
}
