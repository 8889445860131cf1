namespace Skerry.Node.Policy;

/// <summary>The tiers by the names that Kubernetes knows them by (RuntimeClass handlers).</summary>
internal static class RuntimeClasses
{
    /// <summary>The planner's choice.</summary>
    private const string Auto = "skerry";

    /// <summary>The tier of a runtime class, empty for the planner's choice; null: it is none of Skerry's.</summary>
    /// <param name="name">The handler; the kubelet gives an empty one for a pod that names no class.</param>
    /// <param name="lattice">Knows the tiers.</param>
    internal static string? TierOf(string name, Lattice lattice) =>
        name.Length == 0 || name == Auto ? string.Empty
        : name.StartsWith(Auto + "-", StringComparison.Ordinal) && lattice.Find(name[(Auto.Length + 1)..]) is { } rule ? rule.Name
        : null;
}
