using System.Xml.Linq;
using Skerry.Architecture.Tests.Rules;

namespace Skerry.Architecture.Tests;

/// <summary>The repository as a whole: what must be there, and what the documents say.</summary>
public sealed class RepositoryTests
{
    private const string Specification = "# S\n\n- **P-01** A layer stays inside.\n  `A_layer_stays_inside`\n\n" + PromiseRules.NotYetKept + "\n\n- **P-02** Later.\n";

    private static readonly SourceFile Kept = new("tests/LayerTests.cs", "[Fact, Trait(\"Promise\", \"P-01\")] public void A_layer_stays_inside() { }");

    [Fact]
    public void Every_project_has_a_lock_file()
    {
        var without = Repository.Files("*.csproj").Where(static f => !Repository.Exists(Path.Combine(Path.GetDirectoryName(f)!, "packages.lock.json")));
        Verdict.None(without);
    }

    [Fact]
    public void Every_project_of_src_and_tests_is_in_the_solution()
    {
        var solution = XDocument.Parse(Repository.Read("Skerry.slnx")).Descendants("Project").Select(static p => p.Attribute("Path")!.Value).ToHashSet(StringComparer.Ordinal);
        var missing = Repository.Files("*.csproj").Where(f => (f.StartsWith("src/", StringComparison.Ordinal) || f.StartsWith("tests/", StringComparison.Ordinal)) && !solution.Contains(f));
        Verdict.None(missing);
    }

    [Fact]
    public void Every_test_project_is_run_by_the_test_script()
    {
        // scripts/test runs tests/*.Tests/*.csproj.
        Assert.Contains("for file in tests/*.Tests/*.csproj", Repository.Read("scripts/test"), StringComparison.Ordinal);
        var outside = from file in Repository.Sources
                      where file.Text.Contains("[Fact]", StringComparison.Ordinal) || file.Text.Contains("[Theory]", StringComparison.Ordinal)
                      where file.Folders is not ["tests", var project, ..] || !project.EndsWith(".Tests", StringComparison.Ordinal)
                          || !Repository.Exists($"tests/{project}/{project}.csproj")
                      select file.Path;
        Verdict.None(outside);
    }

    [Fact]
    public void Packages_have_their_versions_in_one_place()
    {
        var versions = from file in Repository.Files("*.csproj")
                       from package in XDocument.Parse(Repository.Read(file)).Descendants("PackageReference")
                       where package.Attribute("Version") is not null || package.Attribute("VersionOverride") is not null
                       select $"{file}: {package.Attribute("Include")?.Value}";
        Verdict.None(versions);
    }

    [Fact]
    public void The_specification_and_the_tests_agree() => Verdict.None(PromiseRules.Breaches(Repository.Read("SPECIFICATION.md"), [.. Repository.Tests, .. OwnTests()]));

    [Fact]
    public void A_promise_with_its_test_agrees() => Assert.Empty(PromiseRules.Breaches(Specification, [Kept]));

    [Fact]
    public void A_promise_whose_test_is_gone_is_found() => Assert.Contains("does not exist", Assert.Single(PromiseRules.Breaches(Specification, [])), StringComparison.Ordinal);

    [Fact]
    public void A_promise_without_a_test_is_found() =>
        Assert.Contains("names no test", Assert.Single(PromiseRules.Breaches(Specification.Replace("`A_layer_stays_inside`", "", StringComparison.Ordinal), [])), StringComparison.Ordinal);

    [Fact]
    public void A_test_of_a_promise_nobody_made_is_found()
    {
        SourceFile stray = new("tests/B.cs", "[Trait(\"Promise\", \"P-09\")] public void A_stray() { }");
        Assert.Contains("P-09", Assert.Single(PromiseRules.Breaches(Specification, [Kept, stray])), StringComparison.Ordinal);
    }

    [Fact]
    public void Links_between_documents_lead_somewhere()
    {
        var broken = from file in Repository.Files("*.md")
                     from link in Links(Repository.Read(file))
                     let target = Path.GetFullPath(Path.Combine(Repository.Root, Path.GetDirectoryName(file)!, link))
                     where !File.Exists(target) && !Directory.Exists(target)
                     select $"{file}: {link}";
        Verdict.None(broken);
    }

    /// <summary>The tests of the rules themselves may keep promises, too: those of this project whose text is no example.</summary>
    private static IEnumerable<SourceFile> OwnTests() => Repository.Sources.Where(static s => s.Path.EndsWith("Skerry.Architecture.Tests/DependencyTests.cs", StringComparison.Ordinal));

    private static IEnumerable<string> Links(string markdown)
    {
        for (var at = markdown.IndexOf("](", StringComparison.Ordinal); at >= 0; at = markdown.IndexOf("](", at + 2, StringComparison.Ordinal))
        {
            var end = markdown.IndexOf(')', at);
            var link = end < 0 ? "" : markdown[(at + 2)..end].Split('#')[0];
            if (link.Length > 0 && !link.Contains("://", StringComparison.Ordinal) && !link.StartsWith("mailto:", StringComparison.Ordinal))
            {
                yield return link;
            }
        }
    }
}
