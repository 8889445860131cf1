namespace Skerry.Vmm.Machines.Firecracker;

/// <summary>A snapshot to be made of a machine that stands still (PUT /snapshot/create).</summary>
internal sealed record SnapshotCreate(string SnapshotPath, string MemFilePath);
