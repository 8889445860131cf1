using System.Text;
using CsCheck;
using Skerry.Guard.Events;
using Skerry.Guard.Patterns;

namespace Skerry.Guard.Tests.Patterns;

public sealed class SetTests
{
    [Fact]
    public void A_set_of_bytes_holds_what_was_put_in_and_nothing_else()
    {
        Check.Sample(
            Gen.Select(Gen.String[Gen.Char['a', 'd'], 0, 5].Array[0, 60], Gen.String[Gen.Char['a', 'd'], 0, 5].Array[0, 60]),
            sample =>
            {
                var set = new ByteSet(sample.Item1);
                Assert.All(sample.Item1.Concat(sample.Item2), text => Assert.Equal(sample.Item1.Contains(text, StringComparer.Ordinal), set.Contains(Encoding.UTF8.GetBytes(text))));
            },
            iter: 300);
        Assert.True(new ByteSet([new string('x', 500)]).Contains(Encoding.ASCII.GetBytes(new string('x', 500))));
    }

    [Fact]
    public void Networks_hold_their_addresses()
    {
        Check.Sample(
            Gen.Select(Gen.Select(Gen.UInt, Gen.Int[8, 32]).Array[1, 8], Gen.UInt),
            sample =>
            {
                var (networks, probe) = sample;
                var ranges = new AddressRanges(networks.Select(static n => new AddressNetwork(new NetworkAddress(n.Item1, false), n.Item2)));
                foreach (var address in networks.Select(static n => n.Item1 ^ 1).Append(probe))
                {
                    var expected = networks.Any(n => (address ^ n.Item1) >> (32 - n.Item2) == 0 || n.Item2 == 0);
                    Assert.Equal(expected, ranges.Contains(new NetworkAddress(address, false)));
                }

                Assert.False(ranges.Contains(new NetworkAddress(probe, true)));
            },
            iter: 1_000);
    }

    [Theory]
    [InlineData("2001:db8::/32", "2001:db8:ffff::1", true)]
    [InlineData("2001:db8::/32", "2001:db9::1", false)]
    [InlineData("::/1", "::1", true)]
    [InlineData("0.0.0.0/0", "255.255.255.255", true)]
    [InlineData("10.1.2.3/8", "10.255.0.1", true)]
    public void A_network_is_its_prefix(string network, string address, bool expected)
    {
        Assert.True(AddressNetwork.TryParse(network, out var parsed));
        Assert.True(NetworkAddress.TryParse(address, out var probe));
        Assert.Equal(expected, new AddressRanges([parsed]).Contains(probe));
        Assert.Equal(address, probe.ToString());
    }

    [Theory]
    [InlineData("10.0.0")]
    [InlineData("10.0.0.0.1/8")]
    [InlineData("x/8")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0")]
    [InlineData("010.0.0.0/8")]
    [InlineData("::/0")]
    [InlineData("[::1]/128")]
    [InlineData("fe80::%1/64")]
    [InlineData("::ffff:1.2.3.4/120")]
    public void What_is_no_network_is_refused(string text) => Assert.False(AddressNetwork.TryParse(text, out _));

    [Theory]
    [InlineData("/var/run", "/var/run/docker", true)]
    [InlineData("/var/run", "/var/run", true)]
    [InlineData("/var/run", "/var/running", false)]
    [InlineData("/var/run", "/var", false)]
    [InlineData("/", "/anything", true)]
    [InlineData("/etc/*", "/etc/passwd", true)]
    [InlineData("/etc/*", "/etc", false)]
    [InlineData("/home/*/.ssh", "/home/x/.ssh/id_rsa", true)]
    [InlineData("/a//b/", "//a/b/c", true)]
    [InlineData("/usr/l?b", "/usr/lib/x", true)]
    public void A_path_begins_with_another_by_whole_names(string prefix, string path, bool expected) =>
        Assert.Equal(expected, new PathTrie(["/nowhere/else", prefix]).HasPrefixOf(Encoding.UTF8.GetBytes(path)));

    [Theory]
    [InlineData("*", "", true)]
    [InlineData("a*b*c", "aXbYc", true)]
    [InlineData("a*b*c", "aXcYb", false)]
    [InlineData("?", "é", false)]
    [InlineData("??", "é", true)]
    [InlineData("[[:alpha:]]x", "bx", true)]
    [InlineData("[[:alpha:]]x", "1x", false)]
    [InlineData("[![:digit:]a-c]", "d", true)]
    [InlineData("[![:digit:]a-c]", "7", false)]
    [InlineData("[a\\]b]", "]", true)]
    [InlineData("[a\\]b]", "\\", false)]
    [InlineData("[\\a-\\c]", "b", true)]
    [InlineData("[a-]", "-", true)]
    [InlineData("[z-a]", "z", false)]
    [InlineData("[[:alpha:]", "[a", true)]
    [InlineData("[[:nothing:]]", "n", false)]
    [InlineData("[!a-c]x", "dx", true)]
    [InlineData("[!a-c]x", "ax", false)]
    [InlineData("[]]", "]", true)]
    [InlineData("[a", "[a", true)]
    [InlineData("\\*", "*", true)]
    [InlineData("\\*", "a", false)]
    [InlineData("/home/*/.ssh/*", "/home/a/b/.ssh/id", true)]
    public void A_shell_pattern_fits_a_whole_text(string pattern, string text, bool expected) =>
        Assert.Equal(expected, new GlobPattern(pattern).Matches(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("A[B-D]?", "abX", true)]
    [InlineData("[[:upper:]]", "A", true)]
    [InlineData("[[:upper:]]", "a", false)]
    public void A_shell_pattern_of_any_case_has_its_classes_as_they_are(string pattern, string text, bool expected) =>
        Assert.Equal(expected, new GlobPattern(pattern, anyCase: true).Matches(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void A_shell_pattern_of_stars_is_not_slow() =>
        Assert.False(new GlobPattern(string.Concat(Enumerable.Repeat("a*", 50)) + "b").Matches(Encoding.ASCII.GetBytes(new string('a', 50_000))));
}
