namespace Skerry.Node.Isolation.Microvm;

/// <summary>The disks of a pod's machine.</summary>
/// <param name="Layers">Of its images, each once; they are only read.</param>
/// <param name="Writable">Of its containers, one each.</param>
internal sealed record MachineDisks(IReadOnlyList<LayerDisk> Layers, IReadOnlyList<WritableDisk> Writable)
{
    /// <summary>A machine has 24 transports of virtio-mmio (QEMU, hw/i386/microvm.c), of which ports, entropy, the balloon, a card and volumes take one each.</summary>
    internal const int Most = 19;

    /// <summary>A machine without any.</summary>
    internal static MachineDisks None { get; } = new([], []);

    /// <summary>How many layers there is room for beside the disks of so many containers: a power of two, as templates have it.</summary>
    /// <param name="containers">Containers.</param>
    /// <param name="most">Disks that the machine has room for.</param>
    internal static int RoomForLayers(int containers, int most = Most) => containers >= most ? 0 : (int)(System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(most - containers + 1)) / 2);
}
