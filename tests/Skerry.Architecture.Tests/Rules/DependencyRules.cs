namespace Skerry.Architecture.Tests.Rules;

/// <summary>Who may know whom: between projects, and between the folders of the node daemon.</summary>
internal static class DependencyRules
{
    private static readonly string[] OnlyContracts = ["Skerry.Contracts"];

    /// <summary>What each project may reference. A project that is not here may reference nothing of ours.</summary>
    private static readonly Dictionary<string, string[]> Projects = new(StringComparer.Ordinal)
    {
        ["Skerry.Contracts"] = [],
        ["Skerry.Linux"] = OnlyContracts,
        ["Skerry.Oci"] = OnlyContracts,
        ["Skerry.Guard"] = OnlyContracts,
        ["Skerry.Node"] = ["Skerry.Linux", "Skerry.Oci", "Skerry.Guard", "Skerry.Contracts"],
        ["Skerry.Cli"] = ["Skerry.Linux", "Skerry.Guard", "Skerry.Contracts"],
        ["Skerry.Runtime"] = ["Skerry.Linux", "Skerry.Contracts"],
        ["Skerry.Wasm"] = ["Skerry.Linux"],
        ["Skerry.Vmm"] = ["Skerry.Linux", "Skerry.Contracts"],
        ["Skerry.Guest"] = ["Skerry.Linux", "Skerry.Contracts"],
        ["Skerry.Hub"] = ["Skerry.Oci", "Skerry.Guard", "Skerry.Contracts"],
    };

    /// <summary>The storeys of the node daemon; a folder may use its own storey and those below.</summary>
    private static readonly Dictionary<string, int> Storeys = new(StringComparer.Ordinal)
    {
        ["Cri"] = 3,
        ["Api"] = 3,
        ["Hub"] = 3,
        ["Metrics"] = 3,
        ["Reconcile"] = 2,
        ["Survey"] = 2,
        ["Doctor"] = 2,
        ["Images"] = 1,
        ["Pods"] = 1,
        ["Network"] = 1,
        ["Sensors"] = 1,
        ["Isolation"] = 0,
        ["Policy"] = 0,
        ["Journal"] = 0,
        ["Audit"] = 0,
        ["Meters"] = 0,
        ["Doors"] = 0,
    };

    /// <summary>Folders that put the others together, as Program does, and so may know all. Nothing but Program may know them.</summary>
    private static readonly string[] Composition = ["Hosting"];

    /// <summary>References between projects that the rules do not allow.</summary>
    public static IEnumerable<string> ForbiddenReferences(IEnumerable<(string From, string To)> references) =>
        from reference in references
        where reference.From != reference.To
        where !Projects.GetValueOrDefault(reference.From, []).Contains(reference.To, StringComparer.Ordinal)
        select $"{reference.From} must not know {reference.To}";

    /// <summary>Uses between types of the node daemon that run up the stairs.</summary>
    /// <param name="uses">Pairs of full type names.</param>
    public static IEnumerable<string> UsesUpTheStairs(IEnumerable<(string From, string To)> uses) =>
        (from use in uses
         let origin = FolderOf(use.From)
         let target = FolderOf(use.To)
         where origin.Length > 0 && target.Length > 0 && origin != target
         where !Composition.Contains(origin, StringComparer.Ordinal)
         where Composition.Contains(target, StringComparer.Ordinal) || StoreyOf(target) > StoreyOf(origin)
         select $"{use.From} ({origin}) must not use {use.To} ({target})").Distinct(StringComparer.Ordinal);

    /// <summary>Folders without a storey (Configuration and so on) are the ground: all may use them, they use none.</summary>
    private static int StoreyOf(string folder) => Storeys.GetValueOrDefault(folder, -1);

    private static string FolderOf(string type)
    {
        const string Root = "Skerry.Node.";
        if (!type.StartsWith(Root, StringComparison.Ordinal))
        {
            return "";
        }

        var parts = type[Root.Length..].Split('.');
        return parts.Length > 1 ? parts[0] : "";
    }
}
