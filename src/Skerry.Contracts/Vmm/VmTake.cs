namespace Skerry.Contracts.Vmm;

/// <summary>
/// What makes a machine that waits the one of a pod. On the wire: four bytes of length (little endian), this as JSON, and a message with the open files
/// of <see cref="Disks"/> in their order, with the tap behind its card as the last where it has one.
/// </summary>
public sealed record VmTake
{
    /// <summary>Most bytes of it.</summary>
    public const int MostBytes = 256 * 1024;

    /// <summary>The disks that come in place of those that the machine was made with.</summary>
    public required IReadOnlyList<VmTakenDisk> Disks { get; init; }

    /// <summary>The last file is a tap.</summary>
    public required bool HasTap { get; init; }

    /// <summary>skerry.guest.v1.ConfigureRequest; the clock and entropy are added when it is sent.</summary>
    public required byte[] Configuration { get; init; }
}
