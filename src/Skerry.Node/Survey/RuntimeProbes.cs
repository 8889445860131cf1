using Skerry.Node.Isolation.Runtime;
using Skerry.Node.Isolation.Sandbox;
using Skerry.Node.Reconcile;

namespace Skerry.Node.Survey;

/// <summary>The tiers, and the programs they stand on.</summary>
internal static class RuntimeProbes
{
    internal static IEnumerable<Probe> All(NodeRooms rooms)
    {
        yield return new Probe("tier", "process", () => Process(rooms.RuntimeVerdicts));
        yield return new Probe("tier", "sandbox", () => Sandbox(rooms.Sandbox));
        yield return Later("microvm", "pods as microVMs");
        yield return Later("unikernel", "images that are kernels");
        yield return Later("wasm", "WASI components");
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

    private static ProbeResult Sandbox(SandboxTier tier)
    {
        var (choice, reason) = tier.Tried.GetAwaiter().GetResult();
        return choice is not null ? ProbeResult.Yes($"{choice.Version} ran a container by {choice.Platform}") : ProbeResult.No(reason);
    }

    private static Probe Later(string tier, string what) =>
        new("tier", tier, () => ProbeResult.No($"not in this version of Skerry ({what}); nothing was tried"));
}
