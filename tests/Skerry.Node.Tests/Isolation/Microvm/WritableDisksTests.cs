using Skerry.Contracts.Node.V1;
using Skerry.Node.Isolation.Microvm;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Tests.Isolation.Microvm;

public sealed class WritableDisksTests
{
    [Theory]
    [InlineData("2Gi", 2L << 30)]
    [InlineData("100M", 99_999_744)]
    [InlineData("16777216", 16L << 20)]
    public void A_pod_says_how_much_its_containers_may_write(string text, long bytes) =>
        Assert.Equal(bytes, WritableDisks.Asked(new PodSpec { Annotations = { [WritableDisks.SizeAnnotation] = text } }));

    [Theory]
    [InlineData("")]
    [InlineData("much")]
    [InlineData("15Mi")]
    [InlineData("17Ti")]
    [InlineData("-1")]
    public void What_is_no_size_is_refused(string text) =>
        Assert.Equal("annotations", Assert.Throws<SpecRefusedException>(() => WritableDisks.Asked(new PodSpec { Annotations = { [WritableDisks.SizeAnnotation] = text } })).Field);

    [Fact]
    public void A_pod_that_says_nothing_gets_what_the_node_gives() => Assert.Null(WritableDisks.Asked(new PodSpec()));
}
