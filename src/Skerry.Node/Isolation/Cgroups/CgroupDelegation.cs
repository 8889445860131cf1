using Skerry.Linux;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Cgroups;

/// <summary>
/// Prepares this node's own subtree on pure v2: a controller is usable in a group only when every group above it passes
/// it on. Only groups below <c>/skerry</c> are written, and the root's subtree_control is only added to, never taken from.
/// </summary>
internal static class CgroupDelegation
{
    private static readonly string[] Wanted = ["cpu", "cpuset", "memory", "pids", "io"];

    /// <summary>Makes the group of a node or pod and passes the controllers on to what will be below it. v1: nothing to do.</summary>
    /// <returns>Wanted controllers that the machine does not offer.</returns>
    internal static IReadOnlyList<string> Prepare(CgroupLayout layout, string path)
    {
        if (layout.Mode != CgroupMode.V2)
            return [];
        var missing = Wanted.Where(c => !layout.UnifiedControllers.Contains(c, StringComparer.Ordinal)).ToList();
        var at = layout.Unified!;
        PassOn(at, missing);
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            at = Path.Combine(at, part);
            Directory.CreateDirectory(at);
            PassOn(at, missing);
        }

        return missing;
    }

    private static void PassOn(string directory, List<string> missing)
    {
        var passed = (CgroupFiles.Read(directory, "cgroup.subtree_control") ?? "").Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        foreach (var controller in Wanted.Where(c => !missing.Contains(c) && !passed.Contains(c)))
            ProcFile.Write(Path.Combine(directory, "cgroup.subtree_control"), "+" + controller);
    }
}
