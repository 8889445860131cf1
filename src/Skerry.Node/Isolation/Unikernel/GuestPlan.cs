using Skerry.Node.Isolation.Jails;

namespace Skerry.Node.Isolation.Unikernel;

/// <summary>All that a monitor needs to run a guest. Computed, immutable; no text of an image is in it but <see cref="CommandLine"/>.</summary>
internal sealed record GuestPlan
{
    /// <summary>Where a guest's kernel is in its jail.</summary>
    internal const string Kernel = "/guest/kernel";

    /// <summary>Where its initial RAM disk is.</summary>
    internal const string Initrd = "/guest/initrd";

    /// <summary>Where its disk is.</summary>
    internal const string Block = "/guest/block";

    /// <summary>What the guest's kernel is made with.</summary>
    public required UnikernelKind Kind { get; init; }

    /// <summary>What the guest's kernel is told; one argument of the monitor, or its last arguments.</summary>
    public required string CommandLine { get; init; }

    /// <summary>The guest's memory, MiB.</summary>
    public required long MemoryMiB { get; init; }

    /// <summary>Its processors.</summary>
    public required int Processors { get; init; }

    /// <summary>It has an initial RAM disk.</summary>
    public bool HasInitrd { get; init; }

    /// <summary>It has a disk.</summary>
    public bool HasBlock { get; init; }

    /// <summary>What the guest calls its network card, where it names its devices itself.</summary>
    public string NetworkName { get; init; } = "service";

    /// <summary>Its network; null: none.</summary>
    public GuestNetwork? Network { get; init; }
}
