namespace Skerry.Node.Isolation.Spec;

/// <summary>A device node of the host that a container gets.</summary>
/// <param name="Path">Absolute path in the container.</param>
/// <param name="HostPath">The node on the host.</param>
/// <param name="IsBlock">Block device; else a character device.</param>
/// <param name="Major">Major number.</param>
/// <param name="Minor">Minor number.</param>
/// <param name="Access">Some of <c>rwm</c>.</param>
/// <param name="Mode">Permission bits.</param>
internal sealed record DevicePlan(string Path, string HostPath, bool IsBlock, uint Major, uint Minor, string Access, uint Mode)
{
    /// <summary>The node shows it by a mount (<see cref="MountPlan.IsDevice"/>): the runtime makes no node, and only lets it through.</summary>
    internal bool IsMounted { get; init; }
}
