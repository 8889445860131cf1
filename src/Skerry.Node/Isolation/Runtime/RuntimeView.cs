using Skerry.Node.Isolation.Cgroups;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Runtime;

/// <summary>
/// What a runtime sees of control groups. It is started in a mount namespace in which <see cref="HiddenMount"/>, if
/// there is one, is covered by an empty tmpfs; every later call for the same container needs the same view.
/// </summary>
/// <param name="HiddenMount">A cgroup2 mount point to cover, or null: the machine as it is.</param>
/// <param name="Mode">The layout as the runtime then takes it.</param>
internal sealed record RuntimeView(string? HiddenMount, CgroupMode Mode)
{
    /// <summary>The machine as it is.</summary>
    public static RuntimeView Plain(CgroupLayout layout) => new(null, layout.Mode);

    /// <summary>v1 alone, on a hybrid machine.</summary>
    public static RuntimeView LegacyOnly(CgroupLayout layout) => new(layout.Unified, CgroupMode.V1);

    /// <inheritdoc/>
    public override string ToString() => HiddenMount is null ? "the machine's cgroups as they are" : $"v1 cgroups, {HiddenMount} covered";
}
