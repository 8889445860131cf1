using System.Reflection;
using System.Xml.Linq;
using ArchUnitNET.Loader;
using Skerry.Architecture.Tests.Rules;

namespace Skerry.Architecture.Tests;

/// <summary>The arrows between projects and between the folders of the daemon.</summary>
public sealed class DependencyTests
{
    private static readonly string[] Assemblies = ["Skerry.Contracts", "Skerry.Linux", "Skerry.Oci", "Skerry.Guard", "skerryd", "skerry", "skerry-runtime", "skerry-guest", "skerry-vmm"];

    [Fact]
    public void Projects_reference_only_what_the_rules_allow()
    {
        var references = from file in Repository.Files("*.csproj")
                         where file.StartsWith("src/", StringComparison.Ordinal)
                         from reference in XDocument.Parse(Repository.Read(file)).Descendants("ProjectReference")
                         select (Path.GetFileNameWithoutExtension(file), Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));

        Verdict.None(DependencyRules.ForbiddenReferences(references));
    }

    [Fact]
    public void Assemblies_use_only_what_the_rules_allow()
    {
        var references = from name in Assemblies
                         from used in Assembly.Load(name).GetReferencedAssemblies()
                         where Assemblies.Contains(used.Name, StringComparer.Ordinal)
                         select (ProjectOf(name), ProjectOf(used.Name!));

        Verdict.None(DependencyRules.ForbiddenReferences(references));
    }

    [Fact]
    public void The_folders_of_the_daemon_use_only_those_below()
    {
        var architecture = new ArchLoader().LoadAssemblies(Assembly.Load("skerryd")).Build();
        var uses = from type in architecture.Types
                   from dependency in type.Dependencies
                   select (type.FullName, dependency.Target.FullName);

        Verdict.None(DependencyRules.UsesUpTheStairs(uses));
    }

    [Fact]
    public void Unsafe_code_is_allowed_to_the_kernel_border_alone()
    {
        var allowed = Repository.Files("*.csproj").Where(static f => f.StartsWith("src/", StringComparison.Ordinal)
            && Repository.Read(f).Contains("<AllowUnsafeBlocks>true", StringComparison.Ordinal));

        Assert.All(allowed, static f => Assert.Equal("src/Skerry.Linux/Skerry.Linux.csproj", f));
    }

    [Fact]
    public void The_rules_for_projects_refuse_an_arrow_back()
    {
        Assert.Single(DependencyRules.ForbiddenReferences([("Skerry.Oci", "Skerry.Linux")]));
        Assert.Single(DependencyRules.ForbiddenReferences([("Skerry.Hub", "Skerry.Linux")]));
        Assert.Single(DependencyRules.ForbiddenReferences([("Skerry.Unheard", "Skerry.Contracts")]));
        Assert.Empty(DependencyRules.ForbiddenReferences([("Skerry.Node", "Skerry.Oci")]));
    }

    [Fact]
    public void The_rules_for_folders_refuse_an_arrow_up()
    {
        Assert.Single(DependencyRules.UsesUpTheStairs([("Skerry.Node.Journal.Journal", "Skerry.Node.Pods.Pod")]));
        Assert.Single(DependencyRules.UsesUpTheStairs([("Skerry.Node.Pods.Pod", "Skerry.Node.Api.PodsDoor")]));
        Assert.Single(DependencyRules.UsesUpTheStairs([("Skerry.Node.Configuration.NodePaths", "Skerry.Node.Journal.Journal")]));
        Assert.Empty(DependencyRules.UsesUpTheStairs([("Skerry.Node.Api.PodsDoor", "Skerry.Node.Journal.Journal"), ("Skerry.Node.Program", "Skerry.Node.Api.PodsDoor")]));
    }

    private static string ProjectOf(string assembly) => assembly switch
    {
        "skerryd" => "Skerry.Node",
        "skerry" => "Skerry.Cli",
        "skerry-runtime" => "Skerry.Runtime",
        "skerry-guest" => "Skerry.Guest",
        "skerry-vmm" => "Skerry.Vmm",
        _ => assembly,
    };
}
