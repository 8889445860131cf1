using System.Globalization;

namespace Skerry.Node.Isolation.Spec;

/// <summary>
/// What this daemon may give: limits can only be lowered without CAP_SYS_RESOURCE (setrlimit(2)), and so can the
/// badness score only be raised (proc_pid_oom_score_adj(5)). Read once at start; a pure value afterwards.
/// </summary>
internal sealed record HostLimits
{
    /// <summary>CapEff bit 24 of capabilities(7).</summary>
    private const ulong CapSysResource = 1UL << 24;

    /// <summary>Hard limit by OCI name (RLIMIT_NOFILE …); a name that is missing is not limited here.</summary>
    public IReadOnlyDictionary<string, ulong> Hard { get; init; } = new Dictionary<string, ulong>(StringComparer.Ordinal);

    /// <summary>True with CAP_SYS_RESOURCE: limits may be raised and the score lowered.</summary>
    public bool MayRaise { get; init; }

    /// <summary>The lowest oom_score_adj that may be set.</summary>
    public int OomScoreFloor { get; init; } = -1000;

    /// <summary>Nothing is out of reach.</summary>
    public static HostLimits Unlimited { get; } = new() { MayRaise = true };

    /// <summary>The limits of this process.</summary>
    public static HostLimits Read() => Parse(
        File.ReadAllText("/proc/self/limits"),
        File.ReadAllText("/proc/self/status"),
        File.ReadAllText("/proc/self/oom_score_adj"));

    /// <summary>From the text of /proc/PID/limits, status and oom_score_adj.</summary>
    public static HostLimits Parse(string limits, string status, string oomScoreAdj)
    {
        var hard = new Dictionary<string, ulong>(StringComparer.Ordinal);
        foreach (var line in limits.Split('\n'))
        {
            foreach (var (label, name) in Labels)
            {
                if (!line.StartsWith(label, StringComparison.Ordinal))
                    continue;
                var fields = line[label.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (fields.Length >= 2)
                    hard[name] = fields[1] == "unlimited" ? ulong.MaxValue : ulong.Parse(fields[1], CultureInfo.InvariantCulture);
            }
        }

        var capabilities = status.Split('\n').FirstOrDefault(l => l.StartsWith("CapEff:", StringComparison.Ordinal));
        var mayRaise = capabilities is not null
            && ulong.TryParse(capabilities.AsSpan("CapEff:".Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var bits)
            && (bits & CapSysResource) != 0;
        var floor = mayRaise ? -1000 : int.Parse(oomScoreAdj.AsSpan().Trim(), CultureInfo.InvariantCulture);
        return new() { Hard = hard, MayRaise = mayRaise, OomScoreFloor = floor };
    }

    // fs/proc/base.c lnames[]
    private static readonly (string Label, string Name)[] Labels =
    [
        ("Max cpu time", "RLIMIT_CPU"),
        ("Max file size", "RLIMIT_FSIZE"),
        ("Max data size", "RLIMIT_DATA"),
        ("Max stack size", "RLIMIT_STACK"),
        ("Max core file size", "RLIMIT_CORE"),
        ("Max resident set", "RLIMIT_RSS"),
        ("Max processes", "RLIMIT_NPROC"),
        ("Max open files", "RLIMIT_NOFILE"),
        ("Max locked memory", "RLIMIT_MEMLOCK"),
        ("Max address space", "RLIMIT_AS"),
        ("Max file locks", "RLIMIT_LOCKS"),
        ("Max pending signals", "RLIMIT_SIGPENDING"),
        ("Max msgqueue size", "RLIMIT_MSGQUEUE"),
        ("Max nice priority", "RLIMIT_NICE"),
        ("Max realtime priority", "RLIMIT_RTPRIO"),
        ("Max realtime timeout", "RLIMIT_RTTIME"),
    ];
}
