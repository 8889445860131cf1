namespace Skerry.Vmm.Machines.Firecracker;

/// <summary>Whether a flush of the guest waits for the medium.</summary>
internal enum CacheType
{
    /// <summary>It waits for nothing.</summary>
    Unsafe,

    /// <summary>It does.</summary>
    Writeback,
}
