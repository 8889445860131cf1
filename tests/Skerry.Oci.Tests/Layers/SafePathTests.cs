using CsCheck;
using Skerry.Oci.Layers;

namespace Skerry.Oci.Tests.Layers;

public sealed class SafePathTests
{
    [Theory]
    [InlineData("a", "a")]
    [InlineData("a/b/", "a/b")]
    [InlineData("./a", "a")]
    [InlineData("././a//b/./c/.", "a/b/c")]
    [InlineData("/etc/passwd", "etc/passwd")]
    [InlineData("//etc", "etc")]
    [InlineData("/./.hidden", ".hidden")]
    [InlineData("a/.b", "a/.b")]
    [InlineData("...", "...")]
    [InlineData("a/..b/b..", "a/..b/b..")]
    [InlineData("/", "")]
    [InlineData(".", "")]
    [InlineData("./", "")]
    [InlineData("./.", "")]
    [InlineData(" ", " ")]
    [InlineData("a\\..\\b", "a\\..\\b")]
    public void A_path_is_cleaned_to_what_it_names_below_the_root(string raw, string clean)
    {
        var path = SafePath.Of(raw, LayerLimits.Default);
        Assert.True(path.IsSafe);
        Assert.Equal(clean, path.Value);
        Assert.Equal(clean.Length == 0, path.IsRoot);
        Assert.Equal(raw[0] == '/', path.WasAbsolute);
        Assert.Equal(clean, string.Join('/', path.Components));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("../a")]
    [InlineData("a/..")]
    [InlineData("a/../b")]
    [InlineData("/..")]
    [InlineData("/../etc/passwd")]
    [InlineData("./../x")]
    [InlineData("a/b/../../../c")]
    [InlineData("a\0b")]
    public void A_path_that_climbs_or_names_nothing_is_refused(string raw)
    {
        var path = SafePath.Of(raw, LayerLimits.Default);
        Assert.False(path.IsSafe);
        Assert.NotNull(path.Refusal);
        Assert.Throws<InvalidOperationException>(() => path.Value);
    }

    [Fact]
    public void Lengths_are_counted_in_bytes()
    {
        Assert.True(SafePath.Of(new string('a', 255), LayerLimits.Default).IsSafe);
        Assert.False(SafePath.Of(new string('a', 256), LayerLimits.Default).IsSafe);
        Assert.True(SafePath.Of(new string('é', 127), LayerLimits.Default).IsSafe);
        Assert.False(SafePath.Of(new string('é', 128), LayerLimits.Default).IsSafe);
        Assert.False(SafePath.Of(string.Join('/', Enumerable.Repeat("abc", 1025)), LayerLimits.Default).IsSafe);
        Assert.True(SafePath.Of(string.Join('/', Enumerable.Repeat("abc", 1024)), LayerLimits.Default).IsSafe);
    }

    [Fact]
    public void No_safe_path_has_a_component_that_moves() => Gen.Char["ab./\0é\\"].Array[0, 24].Sample(chars =>
    {
        var path = SafePath.Of(new string(chars), LayerLimits.Default);
        return !path.IsSafe || path.Components.All(c => c is not ("" or "." or "..") && !c.Contains('/') && !c.Contains('\0'));
    }, iter: 50_000);

    [Fact]
    public void Names_that_are_no_utf8_keep_their_bytes() => Gen.Byte.Array[0, 40].Sample(bytes =>
    {
        var text = PathBytes.Decode(bytes);
        return PathBytes.Encode(text).AsSpan().SequenceEqual(bytes) && PathBytes.ByteLength(text) == bytes.Length;
    }, iter: 50_000);

    [Fact]
    public void A_lone_surrogate_that_stands_for_no_byte_is_refused() => Assert.Throws<ArgumentException>(() => PathBytes.Encode("\ud800"));
}
