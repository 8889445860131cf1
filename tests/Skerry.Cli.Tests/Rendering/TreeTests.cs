using System.Text.Json;
using Skerry.Cli.Rendering;

namespace Skerry.Cli.Tests.Rendering;

public sealed class TreeTests
{
    [Theory]
    [InlineData("{\"a\":\"\\ud800\"}")]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("[[\"\\udc00\"]]")]
    [InlineData("{\"a\":")]
    public void Json_that_cannot_be_read_stays_a_string(string json)
    {
        var tree = Tree.OfJson(json);
        Assert.Equal((JsonValueKind.String, json), (tree.Kind, tree.Text));
    }

    [Fact]
    public void Json_that_can_be_read_keeps_its_members() => Assert.Equal("a", Assert.Single(Tree.OfJson("{\"a\":1}").Members).Name);
}
