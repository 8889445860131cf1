using Skerry.Oci.Trust.Policies;

namespace Skerry.Oci.Tests.Trust.Policies;

/// <summary>Which policy is for which name.</summary>
public sealed class ImagePatternTests
{
    [Theory]
    [InlineData("registry.example/shop/web", "registry.example/shop/web", true)]
    [InlineData("registry.example/shop/web", "registry.example/shop/web2", false)]
    [InlineData("registry.example/shop/web", "registry.example/shop/web/x", false)]
    [InlineData("registry.example/shop/*", "registry.example/shop/web", true)]
    [InlineData("registry.example/shop/*", "registry.example/shop", false)]
    [InlineData("registry.example/shop/*", "registry.example/shopping/web", false)]
    [InlineData("registry.example/*", "registry.example/a/b/c", true)]
    [InlineData("registry.example/*", "registry.example.evil/a", false)]
    [InlineData("127.0.0.1:5000/*", "127.0.0.1:5000/a", true)]
    [InlineData("127.0.0.1:5000/*", "127.0.0.1:50001/a", false)]
    [InlineData("localhost/*", "localhost/bb", true)]
    [InlineData("*", "docker.io/library/busybox", true)]
    [InlineData("*", null, true)]
    [InlineData("registry.example/*", null, false)]
    public void A_pattern_means_whole_parts_of_a_name(string pattern, string? name, bool matches) => Assert.Equal(matches, ImagePattern.Parse(pattern).Matches(name));

    [Theory]
    [InlineData("")]
    [InlineData("busybox")]
    [InlineData("library/*")]
    [InlineData("registry.example")]
    [InlineData("registry.example/*/web")]
    [InlineData("registry.example/web:1")]
    [InlineData("registry.example/web*")]
    [InlineData("**")]
    [InlineData("registry.example/WEB")]
    [InlineData("registry.example//x")]
    public void What_could_mean_something_else_is_no_pattern(string pattern) => Assert.Throws<OciFormatException>(() => ImagePattern.Parse(pattern));

    [Fact]
    public void The_narrowest_pattern_decides_whatever_the_order()
    {
        var open = Policy("open", "*", "registry.example/*");
        var shop = Policy("shop", "registry.example/shop/*");
        var web = Policy("web", "registry.example/shop/web");
        foreach (var policies in (TrustPolicy[][])[[open, shop, web], [web, shop, open], [shop, open, web]])
        {
            var set = new TrustPolicySet(policies);
            Assert.Equal("web", set.For("registry.example/shop/web")!.Name);
            Assert.Equal("shop", set.For("registry.example/shop/api")!.Name);
            Assert.Equal("open", set.For("registry.example/tools")!.Name);
            Assert.Equal("open", set.For(null)!.Name);
        }

        Assert.Null(new TrustPolicySet([shop]).For("registry.example/tools"));
        Assert.Null(new TrustPolicySet([shop]).For(null));
    }

    [Fact]
    public void One_pattern_in_two_policies_and_two_policies_of_one_name_are_refused()
    {
        Assert.Contains("it can be in one", Assert.Throws<OciFormatException>(() => new TrustPolicySet([Policy("a", "*"), Policy("b", "*")])).Message, StringComparison.Ordinal);
        Assert.Contains("rename one", Assert.Throws<OciFormatException>(() => new TrustPolicySet([Policy("a", "*"), Policy("a", "localhost/*")])).Message, StringComparison.Ordinal);
    }

    private static TrustPolicy Policy(string name, params string[] patterns) => new() { Name = name, Place = name + ".toml: line 1", Images = [.. patterns.Select(ImagePattern.Parse)] };
}
