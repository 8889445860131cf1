using Skerry.Contracts.Journal.V1;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Isolation;
using Skerry.Node.Isolation.Microvm;

namespace Skerry.Node.Tests.Isolation.Microvm;

public sealed class TemplatesTests
{
    [Theory]
    [InlineData("r.example/a/web:1", "r.example/a/web:2")]
    [InlineData("r.example:5000/a/web", "r.example:5000/a/web:2")]
    [InlineData("r.example/a/web:1", "r.example/a/web@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("web:1,db:1", "db:2,web:1")]
    [InlineData("web:1", "docker.io/library/web:2")]
    public void Pods_of_the_same_repositories_trust_each_other(string some, string others) => Assert.Equal(Domain(some), Domain(others));

    [Theory]
    [InlineData("r.example/a/web:1", "r.example/a/db:1")]
    [InlineData("r.example/web:1", "r.example:5000/web:1")]
    [InlineData("web:1", "web:1,evil.example/web:1")]
    [InlineData("evil.example/a:1,web:1", "web:1")]
    [InlineData("sha256:0a6a21cb0a05", "sha256:44e0feb0db51")]
    public void Pods_of_other_repositories_do_not(string some, string others) => Assert.NotEqual(Domain(some), Domain(others));

    [Fact]
    public void A_label_says_it_whatever_the_images_are_and_is_no_image()
    {
        Assert.Equal(Domain("a:1", "fleet"), Domain("b:1", "fleet"));
        Assert.NotEqual(Domain("a:1", "a"), Domain("a:1"));
    }

    private static string Domain(string images, string label = "")
    {
        var spec = new PodSpec();
        spec.Containers.AddRange(images.Split(',').Select(static i => new ContainerSpec { Image = i }));
        if (label.Length > 0)
        {
            spec.Labels["skerry.io/trust-domain"] = label;
        }

        return Templates.DomainOf(new TierPod
        {
            Id = "p",
            Spec = spec,
            FindUsers = static () => null,
            Directory = "/",
            FindContainers = static () => [],
            Record = new PodRecord(),
            Keep = static () => Task.CompletedTask,
            Tell = static (_, _) => { },
        });
    }
}
