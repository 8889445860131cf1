using Skerry.Contracts.Node.V1;

namespace Skerry.Node.Doctor;

/// <summary>What the survey found missing, by how much is lost without it.</summary>
internal static class CapabilityChecks
{
    /// <summary>Without these no pod is started as it should be.</summary>
    private static readonly HashSet<(string Group, string Name)> Needed =
    [
        ("tier", "process"), ("runtime", "conmon"),
        ("cgroup", "memory"), ("cgroup", "pids"), ("cgroup", "cpu"),
        ("security", "user namespaces"), ("security", "id-mapped mounts"), ("security", "overlay"), ("security", "seccomp"), ("security", "no-new-privileges"),
        ("storage", "fsync"),
    ];

    /// <summary>Without these a part of Skerry does not work.</summary>
    private static readonly HashSet<(string Group, string Name)> Useful =
    [
        ("cgroup", "io"), ("cgroup", "freezer"), ("cgroup", "cpuset"),
        ("network", "cni bridge"), ("network", "cni host-local"), ("network", "cni portmap"), ("network", "cni firewall"), ("network", "cni loopback"),
        ("network", "bridge and veth"), ("network", "nftables"),
        ("storage", "file system"),
    ];

    private static readonly HashSet<(string Group, string Name)> Nice = [("network", "ipv6"), ("security", "security modules")];

    internal static IEnumerable<Finding> Of(IReadOnlyList<Capability> capabilities)
    {
        foreach (var group in capabilities.GroupBy(static c => c.Group))
        {
            var relevant = group.Where(static c => Needed.Contains((c.Group, c.Name)) || Useful.Contains((c.Group, c.Name)) || Nice.Contains((c.Group, c.Name))).ToList();
            var missing = relevant.Where(static c => !c.Available).ToList();
            foreach (var capability in missing)
            {
                var (what, mend) = Split(capability.Reason);
                var finding = Needed.Contains((capability.Group, capability.Name)) ? Check.Error($"{capability.Name}: {what}", mend)
                    : Useful.Contains((capability.Group, capability.Name)) ? Check.Warning($"{capability.Name}: {what}", mend)
                    : Check.Note($"{capability.Name}: {what}", mend);
                yield return Named(finding, group.Key);
            }

            if (relevant.Count > 0 && missing.Count == 0)
            {
                yield return Named(Check.Ok($"{string.Join(", ", relevant.Select(static c => c.Name))}: tried, all work"), group.Key);
            }
        }
    }

    /// <summary>A reason says first what is missing and then, behind its last semicolon, what to do.</summary>
    internal static (string What, string Mend) Split(string reason)
    {
        var at = reason.LastIndexOf("; ", StringComparison.Ordinal);
        return at < 0 ? (reason, "skerry node --probe") : (reason[..at], reason[(at + 2)..]);
    }

    private static Finding Named(Finding finding, string check)
    {
        finding.Check = check;
        return finding;
    }
}
