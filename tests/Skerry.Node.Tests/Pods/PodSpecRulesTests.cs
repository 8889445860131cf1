using Skerry.Contracts.Node.V1;
using Skerry.Node.Pods;
using Skerry.Node.Reconcile;

namespace Skerry.Node.Tests.Pods;

public sealed class PodSpecRulesTests
{
    [Theory]
    [InlineData("skerry.io/minimum-tire", "microvm", "annotations: skerry.io/minimum-tire is not known")]
    [InlineData("skerry.io/trust-domain", "a", "annotations: skerry.io/trust-domain is not known")]
    [InlineData("skerry.io/", "a", "annotations: skerry.io/ is not known")]
    [InlineData("skerry.io/wasm.feul", "10", "annotations: skerry.io/wasm.feul is not known")]
    [InlineData("skerry.dev/wasm.fuel", "10", "annotations: skerry.dev/wasm.fuel is not known")]
    [InlineData("skerry.io/minimum-tier", "", "annotations: skerry.io/minimum-tier is empty")]
    [InlineData("skerry.io/tier", "", "annotations: skerry.io/tier is empty")]
    [InlineData("skerry.io/tee", "", "annotations: skerry.io/tee is empty")]
    public void An_annotation_of_the_nodes_own_that_says_nothing_to_it_is_refused(string name, string value, string message) =>
        Assert.Equal(message, Assert.Throws<PodException>(() => PodSpecRules.Complete(Pod(name, value), "none")).Message);

    [Theory]
    [InlineData("skerry.io/minimum-tier", "sandbox")]
    [InlineData("skerry.io/disk-size", "64Mi")]
    [InlineData("skerry.io/wasm.fuel", "10")]
    [InlineData("skerry.io/microvm.default_vcpus", "2")]
    [InlineData("example.com/skerry.io", "")]
    public void Annotations_that_are_known_and_those_of_others_are_taken(string name, string value) =>
        Assert.Equal(value, PodSpecRules.Complete(Pod(name, value), "none").Annotations[name]);

    [Fact]
    public void A_minimum_that_an_annotation_names_is_the_pods() =>
        Assert.Equal("microvm", PodSpecRules.Complete(Pod("skerry.io/minimum-tier", "microvm"), "none").MinimumTier);

    [Fact]
    public void Limits_beyond_any_machine_are_refused_before_they_are_summed()
    {
        Assert.StartsWith("container c: resources.memory_bytes: 5764607523034234880 is more than ", Refused(new Resources { MemoryBytes = 5L << 60 }), StringComparison.Ordinal);
        Assert.StartsWith("container c: resources.memory_swap_bytes: ", Refused(new Resources { MemorySwapBytes = 5L << 60 }), StringComparison.Ordinal);
        Assert.StartsWith("container c: resources.cpu_millis: ", Refused(new Resources { CpuMillis = long.MaxValue }), StringComparison.Ordinal);
        Assert.StartsWith("resources.memory_bytes: ", Assert.Throws<PodException>(() => PodUpdater.Join(null, new Resources { MemoryBytes = 5L << 60 })).Message, StringComparison.Ordinal);
        Assert.Equal(1L << 50, PodSpecRules.Complete(Limited(new Resources { MemoryBytes = 1L << 50, MemorySwapBytes = -1 }), "none").Containers[0].Resources.MemoryBytes);
    }

    private static string Refused(Resources limits) => Assert.Throws<PodException>(() => PodSpecRules.Complete(Limited(limits), "none")).Message;

    private static PodSpec Limited(Resources limits) => new() { Containers = { new ContainerSpec { Name = "c", Image = "localhost/x:1", Resources = limits } } };

    private static PodSpec Pod(string name, string value) => new() { Containers = { new ContainerSpec { Name = "c", Image = "localhost/x:1" } }, Annotations = { [name] = value } };
}
