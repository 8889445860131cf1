using Skerry.Node.Isolation;
using Skerry.Node.Isolation.Process;
using Skerry.Node.Isolation.Runtime;
using Skerry.Node.Reconcile;

namespace Skerry.Node.Survey;

/// <summary>The tiers, and the programs they stand on.</summary>
internal static class RuntimeProbes
{
    private static readonly (string Name, string What)[] Others =
    [
        ("sandbox", "pods on gVisor"), ("microvm", "pods as microVMs"), ("unikernel", "images that are kernels"), ("wasm", "WASI components"),
    ];

    internal static IEnumerable<Probe> All(NodeRooms rooms)
    {
        yield return new Probe("tier", ProcessTier.TierName, () => Process(rooms.RuntimeVerdicts));
        foreach (var (name, what) in Others)
        {
            yield return new Probe("tier", name, () => Tier(rooms.Tiers.TryFind(name), what));
        }

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

    private static ProbeResult Tier(Tier? tier, string what)
    {
        if (tier is null)
        {
            return ProbeResult.No($"not in this version of Skerry ({what}); nothing was tried");
        }

        var verdict = tier.Tried.GetAwaiter().GetResult();
        return verdict.Works ? ProbeResult.Yes($"{verdict.Runtime} ran a container: {verdict.Detail}")
            : ProbeResult.No(verdict.Next.Length > 0 ? $"{verdict.Reason}; {verdict.Next}" : verdict.Reason);
    }
}
