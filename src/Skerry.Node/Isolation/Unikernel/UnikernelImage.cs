namespace Skerry.Node.Isolation.Unikernel;

/// <summary>
/// What an image says of the kernel that it is, after every check. Paths are absolute, clean, and only meant below the image's root.
/// </summary>
internal sealed record UnikernelImage
{
    /// <summary>What it is made with.</summary>
    public required UnikernelKind Kind { get; init; }

    /// <summary>What it is made for.</summary>
    public required MonitorKind Monitor { get; init; }

    /// <summary>The kernel.</summary>
    public required string Kernel { get; init; }

    /// <summary>An initial RAM disk; null: none.</summary>
    public string? Initrd { get; init; }

    /// <summary>The image of a disk; null: none.</summary>
    public string? Block { get; init; }

    /// <summary>Where the guest mounts the disk; empty: it knows.</summary>
    public string BlockMountPoint { get; init; } = string.Empty;

    /// <summary>What the guest calls its network card, where it names its devices itself (Solo5).</summary>
    public string NetworkName { get; init; } = "service";

    /// <summary>The command that the image gives it, one line; empty: the image's Entrypoint and Cmd.</summary>
    public string Command { get; init; } = string.Empty;
}
