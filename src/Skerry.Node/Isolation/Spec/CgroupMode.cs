namespace Skerry.Node.Isolation.Spec;

/// <summary>How this machine's control groups are laid out (cgroups(7)).</summary>
internal enum CgroupMode
{
    /// <summary>Every controller has its own v1 hierarchy.</summary>
    V1,

    /// <summary>v1 hierarchies, and a v2 mount beside them (usually at <c>unified</c>).</summary>
    Hybrid,

    /// <summary>One v2 hierarchy holds all controllers.</summary>
    V2,
}
