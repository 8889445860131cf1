namespace Skerry.Node.Isolation.Cgroups;

/// <summary>A control group that cannot be made, read or removed: what, why, and what to do.</summary>
internal sealed class CgroupException(string why, string next) : Exception($"control groups: {why}; {next}");
