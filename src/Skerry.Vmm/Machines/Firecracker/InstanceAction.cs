namespace Skerry.Vmm.Machines.Firecracker;

/// <summary>Something to do (PUT /actions).</summary>
internal sealed record InstanceAction(ActionType ActionType);
