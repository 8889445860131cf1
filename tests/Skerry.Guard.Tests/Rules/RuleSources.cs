namespace Skerry.Guard.Tests.Rules;

/// <summary>Rule files that tests read: the repository's own, and Falco's where they are.</summary>
internal static class RuleSources
{
    /// <summary>A file below rules/.</summary>
    public static string Read(string name) => File.ReadAllText(Path.Combine(Root(), "rules", name));

    /// <summary>rules/skerry.yaml.</summary>
    public static IEnumerable<(string Name, string Content)> Own() => [("skerry.yaml", Read("skerry.yaml"))];

    /// <summary>Falco's stock files, or none where they are not here.</summary>
    public static IEnumerable<(string Name, string Content)> Stock() => StockDirectory() is not { } directory ? []
        : new[] { "falco_rules.yaml", "falco-incubating_rules.yaml" }.Select(name => (name, File.ReadAllText(Path.Combine(directory, name))));

    /// <summary>The directory that SKERRY_FALCO_RULES names, or shared/data/falco-rules beside the repository.</summary>
    public static string? StockDirectory()
    {
        if (Environment.GetEnvironmentVariable("SKERRY_FALCO_RULES") is { Length: > 0 } named)
        {
            return named;
        }

        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var directory = Path.Combine(at.FullName, "shared", "data", "falco-rules");
            if (File.Exists(Path.Combine(directory, "falco_rules.yaml")))
            {
                return directory;
            }
        }

        return null;
    }

    private static string Root()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "Skerry.slnx")))
        {
            at = at.Parent ?? throw new InvalidOperationException("run these tests from the working tree they were built in");
        }

        return at.FullName;
    }
}
