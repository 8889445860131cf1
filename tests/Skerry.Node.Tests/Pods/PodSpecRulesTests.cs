using Skerry.Contracts.Node.V1;
using Skerry.Node.Pods;

namespace Skerry.Node.Tests.Pods;

public sealed class PodSpecRulesTests
{
    [Theory]
    [InlineData("skerry.io/minimum-tire", "microvm", "annotations: skerry.io/minimum-tire is not known")]
    [InlineData("skerry.io/trust-domain", "a", "annotations: skerry.io/trust-domain is not known")]
    [InlineData("skerry.io/", "a", "annotations: skerry.io/ is not known")]
    [InlineData("skerry.io/minimum-tier", "", "annotations: skerry.io/minimum-tier is empty")]
    [InlineData("skerry.io/tier", "", "annotations: skerry.io/tier is empty")]
    [InlineData("skerry.io/tee", "", "annotations: skerry.io/tee is empty")]
    public void An_annotation_of_the_nodes_own_that_says_nothing_to_it_is_refused(string name, string value, string message) =>
        Assert.Equal(message, Assert.Throws<PodException>(() => PodSpecRules.Complete(Pod(name, value), "none")).Message);

    [Theory]
    [InlineData("skerry.io/minimum-tier", "sandbox")]
    [InlineData("skerry.io/disk-size", "64Mi")]
    [InlineData("skerry.io/microvm.default_vcpus", "2")]
    [InlineData("example.com/skerry.io", "")]
    public void Annotations_that_are_known_and_those_of_others_are_taken(string name, string value) =>
        Assert.Equal(value, PodSpecRules.Complete(Pod(name, value), "none").Annotations[name]);

    [Fact]
    public void A_minimum_that_an_annotation_names_is_the_pods() =>
        Assert.Equal("microvm", PodSpecRules.Complete(Pod("skerry.io/minimum-tier", "microvm"), "none").MinimumTier);

    private static PodSpec Pod(string name, string value) => new() { Containers = { new ContainerSpec { Name = "c", Image = "localhost/x:1" } }, Annotations = { [name] = value } };
}
