namespace Skerry.Vmm.Machines.Firecracker;

/// <summary>What a machine can be told to do, as far as it is told that here.</summary>
internal enum ActionType
{
    /// <summary>Boot.</summary>
    InstanceStart,
}
