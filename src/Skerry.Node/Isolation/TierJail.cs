using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation;

/// <summary>The container on the node that carries a container of a jailed tier.</summary>
internal sealed record TierJail
{
    /// <summary>Directories that its root file system is made of, bottom first; shown under the pod's ids, read-only.</summary>
    public required IReadOnlyList<string> Layers { get; init; }

    /// <summary>Its plan, when its root file system is mounted at the path given.</summary>
    public required Func<string, ContainerPlan> Plan { get; init; }
}
