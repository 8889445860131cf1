namespace Skerry.Node.Isolation.Cgroups;

/// <summary>Where a container's monitor goes.</summary>
/// <param name="Directory">Absolute directory of a v2 control group; null: it stays where the daemon is.</param>
/// <param name="IsContainers">It is the container's own, in which its processes must be too: its runtime does not see that hierarchy.</param>
internal sealed record MonitorGroup(string? Directory, bool IsContainers);
