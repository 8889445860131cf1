namespace Skerry.Contracts.Vmm;

/// <summary>A disk that comes into a machine that waits.</summary>
/// <param name="Slot">Its place among the disks of the machine's document.</param>
/// <param name="IsWritable">The guest may write to it.</param>
/// <param name="IsThrownAway">Nobody wants it after the machine: a flush of the guest waits for nothing.</param>
public sealed record VmTakenDisk(int Slot, bool IsWritable, bool IsThrownAway);
