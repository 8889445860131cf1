using Skerry.Contracts.Node.V1;

namespace Skerry.Node.Isolation.Spec;

/// <summary>Resource limits (setrlimit(2)): the node's defaults, then the spec's, none above what the daemon may give.</summary>
internal static class RlimitRules
{
    // With fewer, crun 1.8 fails in ways that say nothing of it (measured); each volume takes one more.
    private const ulong LeastFiles = 20;

    private static readonly string[] Known =
    [
        "RLIMIT_AS", "RLIMIT_CORE", "RLIMIT_CPU", "RLIMIT_DATA", "RLIMIT_FSIZE", "RLIMIT_LOCKS", "RLIMIT_MEMLOCK",
        "RLIMIT_MSGQUEUE", "RLIMIT_NICE", "RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_RSS", "RLIMIT_RTPRIO", "RLIMIT_RTTIME",
        "RLIMIT_SIGPENDING", "RLIMIT_STACK",
    ];

    /// <summary>The limits to write, by name.</summary>
    /// <exception cref="SpecRefusedException">Unknown name, given twice, soft above hard, or above what can be granted.</exception>
    public static IReadOnlyList<(string Type, ulong Soft, ulong Hard)> Compute(IReadOnlyList<Rlimit> wanted, HostLimits host)
    {
        // Said explicitly, since a runtime otherwise passes on the daemon's own: .NET raises its soft NOFILE to the hard one.
        // 1024 is select(2)'s limit; 524288 is systemd's default hard limit (NEWS 240).
        List<(string Type, ulong Soft, ulong Hard)> limits = [];
        var ceiling = host.Hard.GetValueOrDefault("RLIMIT_NOFILE", ulong.MaxValue);
        var hard = host.MayRaise ? 524288 : Math.Min(524288, ceiling);
        if (wanted.Count == 0)
            return [("RLIMIT_CORE", 0, 0), ("RLIMIT_NOFILE", Math.Min(1024, hard), hard)];

        limits.Add(("RLIMIT_CORE", 0, 0));
        limits.Add(("RLIMIT_NOFILE", Math.Min(1024, hard), hard));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var limit in wanted)
        {
            var upper = limit.Type.Trim().ToUpperInvariant();
            var type = upper.StartsWith("RLIMIT_", StringComparison.Ordinal) ? upper : "RLIMIT_" + upper;
            if (!Known.Contains(type, StringComparer.Ordinal))
                throw new SpecRefusedException("rlimits", $"\"{limit.Type}\" is not a resource limit", "see setrlimit(2) for the names");
            if (!seen.Add(type))
                throw new SpecRefusedException("rlimits", $"{type} is given twice", "give it once");
            if (limit.Soft > limit.Hard)
                throw new SpecRefusedException("rlimits", $"{type} has a soft limit {limit.Soft} above its hard limit {limit.Hard}", "lower the soft one");
            if (!host.MayRaise && host.Hard.TryGetValue(type, out var most) && limit.Hard > most)
                throw new SpecRefusedException("rlimits", $"{type} {limit.Hard} is above this daemon's own hard limit {most}, and it lacks CAP_SYS_RESOURCE to raise it", $"ask for at most {most}, or give skerryd a higher limit");
            if (type == "RLIMIT_NOFILE" && limit.Soft < LeastFiles)
                throw new SpecRefusedException("rlimits", $"{type} {limit.Soft} is too few open files to make a container with: the limit holds for the runtime too", $"ask for at least {LeastFiles}");
            limits.RemoveAll(l => l.Type == type);
            limits.Add((type, limit.Soft, limit.Hard));
        }

        limits.Sort((a, b) => string.CompareOrdinal(a.Type, b.Type));
        return limits;
    }

    /// <summary>The badness score to write: the spec's; 0 where it sets none, or the lowest the daemon may give.</summary>
    /// <exception cref="SpecRefusedException">Out of range, or below what can be granted.</exception>
    public static int OomScore(int wanted, HostLimits host)
    {
        if (wanted is < -1000 or > 1000)
            throw new SpecRefusedException("oom_score_adj", $"{wanted} is not between -1000 and 1000", "see proc_pid_oom_score_adj(5)");
        if (wanted == 0)
            return Math.Max(0, host.OomScoreFloor);
        return wanted >= host.OomScoreFloor
            ? wanted
            : throw new SpecRefusedException("oom_score_adj", $"{wanted} is below this daemon's own {host.OomScoreFloor}, and it lacks CAP_SYS_RESOURCE to lower it", $"ask for at least {host.OomScoreFloor}");
    }
}
