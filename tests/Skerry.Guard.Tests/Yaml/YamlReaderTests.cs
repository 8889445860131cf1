using CsCheck;
using Skerry.Guard.Yaml;

namespace Skerry.Guard.Tests.Yaml;

public sealed class YamlReaderTests
{
    [Fact]
    public void Values_know_their_place()
    {
        var document = Assert.Single(YamlReader.Read("# c\n- rule: x\n  tags: [a, 'b']\n- ~\n"));
        var rule = document.Items[0];
        Assert.Equal((1, 2), (rule.Mark.Line, rule.Mark.Column));
        Assert.Equal("x", rule["rule"]!.Text);
        Assert.Equal((1, 8), (rule["rule"]!.Mark.Line, rule["rule"]!.Mark.Column));
        Assert.Equal(["a", "b"], rule["tags"]!.Items.Select(static i => i.Text));
        Assert.True(document.Items[1].IsNull);
        Assert.Null(rule["nothing"]);
    }

    [Theory]
    [InlineData("a: [1\nb: 2", "", 0)]
    [InlineData("a: 1\na: 2\n", "occurs twice", 1)]
    [InlineData("a: &x [*x]\n", "inside what it names", 0)]
    [InlineData("a: *nothing\n", "nothing", 0)]
    [InlineData("? [a]\n: b\n", "must be a scalar", 0)]
    [InlineData("a: \"\\q\"", "", 0)]
    public void What_is_refused_is_told_with_its_place(string text, string message, int line)
    {
        var e = Assert.Throws<YamlFormatException>(() => YamlReader.Read(text));
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
        Assert.Equal(line, e.Mark.Line);
    }

    [Fact]
    public void Aliases_that_multiply_are_refused()
    {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + string.Concat(Enumerable.Range(1, 9).Select(
            static i => $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n"));
        Assert.Contains("aliases", Assert.Throws<YamlFormatException>(() => YamlReader.Read(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Depth_and_size_have_an_end()
    {
        Assert.Contains("deeper", Assert.Throws<YamlFormatException>(() => YamlReader.Read(new string('[', 10_000))).Message, StringComparison.Ordinal);
        Assert.Contains("scalar", Assert.Throws<YamlFormatException>(() => YamlReader.Read("- " + new string('x', YamlLimits.MaxScalar + 1))).Message, StringComparison.Ordinal);
        Assert.Contains("at most", Assert.Throws<YamlFormatException>(() => YamlReader.Read(new string(' ', YamlLimits.MaxLength + 1))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_text_is_read_or_refused()
    {
        string[] words = ["- ", "a", ": ", "\n", "  ", "[", "]", "{", "}", "&x ", "*x ", "'", "\"", "|\n", ">-\n", "#", "~", "!t ", "? ", "---\n", "%"];
        Check.Sample(
            Gen.OneOf(words).Array[0, 20],
            parts =>
            {
                try
                {
                    YamlReader.Read(string.Concat(parts));
                }
                catch (YamlFormatException e)
                {
                    Assert.True(e.Mark.Line >= 0);
                }
            },
            iter: 5_000);
    }
}
