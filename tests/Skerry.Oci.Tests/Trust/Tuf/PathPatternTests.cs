using Skerry.Oci.Trust.Tuf;

namespace Skerry.Oci.Tests.Trust.Tuf;

public sealed class PathPatternTests
{
    [Theory]
    [InlineData("*", "a", true)]
    [InlineData("*", "a/b", false)]
    [InlineData("a/*", "a/b", true)]
    [InlineData("a/*", "a/b/c", false)]
    [InlineData("a/*/c", "a/b/c", true)]
    [InlineData("*.tgz", "x.tgz", true)]
    [InlineData("*.tgz", "x.tgz.sig", false)]
    [InlineData("foo-?.txt", "foo-a.txt", true)]
    [InlineData("foo-?.txt", "foo-.txt", false)]
    [InlineData("v[0-9]", "v7", true)]
    [InlineData("v[!0-9]", "v7", false)]
    [InlineData("v[!0-9]", "vx", true)]
    [InlineData("v[]]", "v]", true)]
    [InlineData("v[", "v[", true)]
    [InlineData("*a*b*", "xxaxxbxx", true)]
    [InlineData("*a*b*", "xxbxxaxx", false)]
    [InlineData("", "", true)]
    [InlineData("**", "abc", true)]
    public void A_pattern_matches_within_a_part_of_a_path(string pattern, string path, bool matches) => Assert.Equal(matches, PathPattern.Matches(pattern, path));

    [Fact]
    public void A_pattern_made_to_take_for_ever_does_not() =>
        Assert.False(PathPattern.Matches(string.Concat(Enumerable.Repeat("*a", 2000)), new string('a', 1999)));
}
