using System.Text.RegularExpressions;
using System.Text;
using CsCheck;
using Skerry.Guard.Patterns;

namespace Skerry.Guard.Tests.Patterns;

public sealed class TextPatternTests
{
    [Theory]
    [InlineData("abc", "abc", true)]
    [InlineData("abc", "xabc", false)]
    [InlineData("a|ab", "ab", true)]
    [InlineData("(a|b)*c", "ababc", true)]
    [InlineData("a{2,3}", "aa", true)]
    [InlineData("a{2,3}", "aaaa", false)]
    [InlineData("a{2}", "aa", true)]
    [InlineData("a{2,}b", "aaaab", true)]
    [InlineData("a{,2}", "a{,2}", true)]
    [InlineData("[[:digit:]]+-[^a-f]", "12-g", true)]
    [InlineData("[]a]+", "a]", true)]
    [InlineData("[a-]+", "a-", true)]
    [InlineData("[^[:^digit:]]+", "123", true)]
    [InlineData("/proc/[0-9]+/environ", "/proc/42/environ", true)]
    [InlineData(".*", "a\nb", false)]
    [InlineData("a.b", "aéb", true)]
    [InlineData("a.{2}b", "aéb", false)]
    [InlineData("[à-ü]", "é", true)]
    [InlineData("^a$", "a", true)]
    [InlineData("a$\n^b", "a\nb", true)]
    [InlineData("a$b", "ab", false)]
    [InlineData("a\\.b\\x41", "a.bA", true)]
    [InlineData("", "", true)]
    [InlineData("()*", "", true)]
    [InlineData("a**", "aaa", true)]
    [InlineData("a+?b", "b", true)]
    [InlineData("a??", "a", true)]
    [InlineData("a??", "aa", false)]
    [InlineData("a{2}{2}", "aaaa", true)]
    [InlineData("a{2}{2}", "aa", false)]
    [InlineData("a{2}*b", "aaaab", true)]
    [InlineData("{,2}", "{,2}", true)]
    [InlineData("^*a", "a", true)]
    public void A_pattern_fits_a_whole_text(string pattern, string text, bool expected) =>
        Assert.Equal(expected, new TextPattern(pattern).Matches(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("(")]
    [InlineData(")")]
    [InlineData("[")]
    [InlineData("[z-a]")]
    [InlineData("*")]
    [InlineData("{2}")]
    [InlineData("a|{2}")]
    [InlineData("({1,})")]
    [InlineData("(a{40}){40}")]
    [InlineData("a{40}{40}")]
    [InlineData("\\d")]
    [InlineData("a{1001}")]
    [InlineData("(?i)a")]
    [InlineData("((a{1000}){1000}){1000}")]
    [InlineData("[[:nope:]]")]
    [InlineData("a\\")]
    public void What_is_no_pattern_is_refused(string pattern) => Assert.Throws<PatternSyntaxException>(() => new TextPattern(pattern));

    [Fact]
    public void Repeats_of_repeats_have_an_end()
    {
        Assert.True(new TextPattern("a" + new string('*', 100)).Matches("aa"u8));
        Assert.Throws<PatternSyntaxException>(() => new TextPattern("a" + string.Concat(Enumerable.Repeat("{1}", 500_000))));
    }

    [Fact]
    public void A_byte_that_is_no_character_fits_a_full_stop() => Assert.True(new TextPattern("a.b").Matches([(byte)'a', 0xFF, (byte)'b']));

    [Fact]
    public void Patterns_that_make_others_backtrack_are_linear()
    {
        var text = Encoding.ASCII.GetBytes(new string('a', 200_000) + "b");
        Assert.False(new TextPattern("(a+)+").Matches(text));
        Assert.False(new TextPattern("(a|a)*c").Matches(text));
        Assert.True(new TextPattern("(a*)*b").Matches(text));
    }

    /// <summary>.* (a|b){n} needs 2^n states when it is made deterministic: memory stays bounded.</summary>
    [Fact]
    public void A_pattern_with_countless_states_still_answers()
    {
        var pattern = new TextPattern("(.*)a[ab]{14}");
        var random = new Random(7);
        for (var i = 0; i < 200; i++)
        {
            var text = string.Concat(Enumerable.Range(0, 40).Select(_ => random.Next(2) == 0 ? 'a' : 'b'));
            Assert.Equal(text[^15] == 'a', pattern.Matches(Encoding.ASCII.GetBytes(text)));
        }
    }

    [Fact]
    public void A_pattern_answers_as_the_one_of_the_base_library()
    {
        string[] parts = ["a", "b", "[ab]", "[^a]", ".", "a*", "b+", "(a|b)", "(ab)?", "(a|bb)*", "b{1,3}", "|"];
        var gen = Gen.Select(Gen.OneOf(parts).Array[0, 6], Gen.OneOf('a', 'b', 'c').Array[0, 8]);
        Check.Sample(
            gen,
            sample =>
            {
                var (pattern, text) = (string.Concat(sample.Item1), new string(sample.Item2));
                var expected = new Regex($"^(?:{pattern})\\z", RegexOptions.NonBacktracking, TimeSpan.FromSeconds(10)).IsMatch(text);
                Assert.Equal(expected, new TextPattern(pattern).Matches(Encoding.ASCII.GetBytes(text)));
            },
            iter: 3_000);
    }
}
