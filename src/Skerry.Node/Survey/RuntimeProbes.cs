using System.Globalization;
using Skerry.Node.Isolation.Process;
using Skerry.Node.Isolation.Runtime;
using Skerry.Node.Policy;
using Skerry.Node.Reconcile;

namespace Skerry.Node.Survey;

/// <summary>The tiers, and the programs they stand on.</summary>
internal static class RuntimeProbes
{
    /// <summary>The tiers.</summary>
    internal static IEnumerable<Probe> Tiers(NodeRooms rooms)
    {
        yield return new Probe("tier", ProcessTier.TierName, () => Process(rooms.RuntimeVerdicts));
        foreach (var tier in rooms.Tiers.All.Where(static t => t.Name != ProcessTier.TierName))
        {
            yield return new Probe("tier", tier.Name, () => Tier(rooms.TierDesk.Survey, tier));
        }

        foreach (var rule in rooms.TierDesk.Lattice.Tiers.Where(r => rooms.Tiers.TryFind(r.Name) is null))
        {
            yield return new Probe("tier", rule.Name, static () => ProbeResult.No("not in this version of Skerry; nothing was tried"));
        }
    }

    /// <summary>The programs.</summary>
    internal static IEnumerable<Probe> All(NodeRooms rooms)
    {
        foreach (var verdict in rooms.RuntimeVerdicts)
        {
            yield return new Probe("runtime", verdict.Name, () => verdict.Works ? ProbeResult.Yes(verdict.Detail) : ProbeResult.No(verdict.Reason, verdict.Detail));
        }

        yield return new Probe("runtime", "conmon", () => Monitor(rooms.Options.MonitorPath));
    }

    /// <summary>conmon's version, by asking it.</summary>
    internal static ProbeResult Monitor(string path)
    {
        if (!File.Exists(path))
        {
            return ProbeResult.No($"{path} is not there; apt install conmon, or say where it is (runtime.monitor in skerry.toml)");
        }

        var (worked, said) = ToolTrial.Run(path, ["--version"]);
        return worked ? ProbeResult.Yes(ToolTrial.Line(said)) : ProbeResult.No($"{said}; install conmon again");
    }

    private static ProbeResult Process(IReadOnlyList<RuntimeVerdict> verdicts) => verdicts.FirstOrDefault(static v => v.Works) is { } works
        ? ProbeResult.Yes($"{works.Name} ran a container with user namespace, seccomp filter and limits")
        : ProbeResult.No("no OCI runtime ran the trial container: " + string.Join("; ", verdicts.Select(static v => $"{v.Name}: {v.Reason}")));

    private static ProbeResult Tier(DeviceSurvey survey, Isolation.Tier tier)
    {
        survey.Know(tier.Name).GetAwaiter().GetResult();
        var standing = survey.Now().StandingOf(tier.Name)!;
        var waiting = tier.Waiting is var (count, bytes)
            ? string.Create(CultureInfo.InvariantCulture, $"; {count} machines wait for pods and take {bytes >> 20} MiB")
            : string.Empty;
        return standing.Fitness switch
        {
            Fitness.Works => ProbeResult.Yes(standing.Detail + waiting),
            Fitness.Slow => ProbeResult.Yes($"slowly: {standing.Detail}{waiting}") with { Pace = "slow" },
            Fitness.Emulated => ProbeResult.Yes($"by emulation: {standing.Detail}; {standing.Reason}{waiting}") with { Pace = "emulated" },
            _ => ProbeResult.No(standing.Remedy.Length > 0 ? $"{standing.Reason}; {standing.Remedy}" : standing.Reason),
        };
    }
}
