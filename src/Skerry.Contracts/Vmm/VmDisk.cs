namespace Skerry.Contracts.Vmm;

/// <summary>A read-only disk of a microVM.</summary>
/// <param name="Path">Its image, in the jail.</param>
/// <param name="Serial">What the guest knows it by; a virtio disk has 20 bytes for it (VIRTIO_BLK_ID_BYTES, linux/virtio_blk.h).</param>
public sealed record VmDisk(string Path, string Serial);
