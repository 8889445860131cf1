using System.Security.Cryptography;
using System.Text;
using CsCheck;

namespace Skerry.Oci.Tests;

public sealed class DigestTests
{
    private const string Empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Fact]
    public void The_digest_of_nothing_is_the_well_known_one() => Assert.Equal(Empty, Digest.OfSha256([]).ToString());

    [Fact]
    public void A_digest_tells_its_parts()
    {
        var digest = Digest.Parse(Empty);
        Assert.Equal("sha256", digest.Algorithm);
        Assert.Equal(Empty[7..], digest.Hex);
        using var hash = digest.CreateHash();
        Assert.True(digest.IsHashOf(hash));
    }

    [Theory]
    [InlineData("sha384", 96)]
    [InlineData("sha512", 128)]
    public void Longer_hashes_are_digests_too(string algorithm, int digits)
    {
        var digest = Digest.Parse($"{algorithm}:{new string('a', digits)}");
        Assert.Equal(algorithm, digest.Algorithm);
        using var hash = digest.CreateHash();
        Assert.Equal(digits / 2, hash.HashLengthInBytes);
        Assert.False(digest.IsHashOf(hash));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("sha256", 6)]
    [InlineData("sha256:", 7)]
    [InlineData("md5:d41d8cd98f00b204e9800998ecf8427e", 0)]
    [InlineData("SHA256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", 0)]
    [InlineData("sha256:E3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", 7)]
    [InlineData("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85", 7)]
    [InlineData("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8555", 7)]
    [InlineData("sha256:../../../../../../../../../../../../../../../../../../../../../etc", 7)]
    [InlineData("sha512:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", 7)]
    public void What_is_no_digest_is_refused_with_the_place(string text, int offset)
    {
        Assert.Equal(offset, Assert.Throws<OciFormatException>(() => Digest.Parse(text)).Offset);
        Assert.False(Digest.TryParse(text, out _));
    }

    [Fact]
    public void Every_content_has_the_digest_that_the_platform_computes() => Gen.Byte.Array[0, 300].Sample(bytes =>
        Digest.OfSha256(bytes).Hex == Convert.ToHexStringLower(SHA256.HashData(bytes)) && Digest.Of(bytes, Digest.Parse("sha512:" + new string('0', 128))).Hex == Convert.ToHexStringLower(SHA512.HashData(bytes)));

    [Fact]
    public void No_digest_is_empty_and_equals_itself()
    {
        Assert.True(default(Digest).IsEmpty);
        Assert.Equal("", default(Digest).ToString());
        Assert.NotEqual(default, Digest.OfSha256(Encoding.UTF8.GetBytes("x")));
        Assert.Throws<InvalidOperationException>(() => default(Digest).CreateHash());
    }
}
