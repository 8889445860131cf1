namespace Skerry.Contracts.Vmm;

/// <summary>A disk of a microVM; it can only be read unless said otherwise.</summary>
/// <param name="Path">Its image, in the jail.</param>
/// <param name="Serial">What the guest knows it by; a virtio disk has 20 bytes for it (VIRTIO_BLK_ID_BYTES, linux/virtio_blk.h).</param>
public sealed record VmDisk(string Path, string Serial)
{
    /// <summary>The guest may write to it, and what it discards is given back.</summary>
    public bool IsWritable { get; init; }

    /// <summary>Nobody wants it after the machine: a flush of the guest waits for nothing.</summary>
    public bool IsThrownAway { get; init; }
}
