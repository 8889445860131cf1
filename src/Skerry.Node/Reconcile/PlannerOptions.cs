using Skerry.Contracts.Node.V1;
using Skerry.Node.Isolation.Cgroups;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Reconcile;

/// <summary>What the planner knows of the machine.</summary>
internal sealed record PlannerOptions
{
    /// <summary>Control groups of this node.</summary>
    public required PodCgroups Cgroups { get; init; }

    /// <summary>Which runtime reads the specs.</summary>
    public required RuntimeKind Runtime { get; init; }

    /// <summary>Whether the runtime can install a device filter here.</summary>
    public required bool DeviceCgroup { get; init; }

    /// <summary>Where to look for the small init that <c>init: true</c> asks for; the first that exists is used.</summary>
    public IReadOnlyList<string> Inits { get; init; } = [];

    /// <summary>The filter of a container; null only where it asked to be unconfined.</summary>
    public required Func<ContainerSpec, SeccompPlan?> Seccomp { get; init; }
}
