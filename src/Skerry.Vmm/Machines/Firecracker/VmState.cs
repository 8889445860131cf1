namespace Skerry.Vmm.Machines.Firecracker;

/// <summary>The states into which a machine can be put.</summary>
internal enum VmState
{
    /// <summary>It stands still.</summary>
    Paused,

    /// <summary>It runs.</summary>
    Resumed,
}
