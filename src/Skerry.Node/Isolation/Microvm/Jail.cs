using Skerry.Contracts.Node.V1;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>What runs in a jail, and with what.</summary>
internal sealed record Jail
{
    /// <summary>For people.</summary>
    public required string Name { get; init; }

    /// <summary>Program and arguments.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>What it is shown of the node.</summary>
    public IReadOnlyList<MountPlan> Mounts { get; init; } = [];

    /// <summary>What it shares; nothing unless said.</summary>
    public NamespacePlan Namespaces { get; init; } = new();

    /// <summary>Capabilities over what belongs to the pod's own user namespace; none unless said.</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = [];

    /// <summary>Most memory.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Most threads.</summary>
    public required long Pids { get; init; }

    /// <summary>Thousandths of a processor; 0: no limit.</summary>
    public long CpuMillis { get; init; }

    /// <summary>It has a terminal.</summary>
    public bool Terminal { get; init; }

    /// <summary>It has an input.</summary>
    public bool Stdin { get; init; }

    /// <summary>The first size of its terminal; null: not known.</summary>
    public TerminalSize? TerminalSize { get; init; }
}
