namespace Skerry.Vmm.Machines.Firecracker;

/// <summary>A snapshot to begin with (PUT /snapshot/load). The file of the memory is mapped for the machine alone: what it changes is its own.</summary>
internal sealed record SnapshotLoad(string SnapshotPath, string MemFilePath, bool ResumeVm);
