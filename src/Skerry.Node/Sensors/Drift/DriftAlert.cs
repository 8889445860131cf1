using System.Globalization;
using Skerry.Guard.Rules;
using Skerry.Linux;
using Skerry.Node.Sensors.Alerts;
using Skerry.Node.Sensors.Responses;

namespace Skerry.Node.Sensors.Drift;

/// <summary>The alert of a program that is not of its image, in the form that the guard's own alerts have.</summary>
internal static class DriftAlert
{
    /// <summary>What it is told as where it was refused.</summary>
    internal const string RefusedRule = "Program refused before it ran";

    /// <summary>What it is told as where it runs.</summary>
    internal const string ToldRule = "Program drifted from its image";

    internal static Alert Of(DriftFinding finding, string containerId, string container, string pod, string image)
    {
        var now = KernelClock.Realtime;
        var (rule, priority, outcome) = finding.Refused ? (RefusedRule, Priority.Critical, "refused") : (ToldRule, Priority.Warning, "told");
        return AlertMaker.OfItself(
            now, Environment.MachineName, "internal", rule, priority, [],
            string.Create(CultureInfo.InvariantCulture, $"{finding.Path} {(finding.Refused ? "was refused" : "runs")} in {container}: {finding.Why} (program={finding.Program} pid={finding.Pid} image={image})"),
            [("container.id", containerId), ("container.image", image), ("proc.exepath", finding.Path), ("proc.name", finding.Program), ("proc.pid", (long)finding.Pid)],
            new AlertPlace(containerId, container, pod), new Response(ResponseAction.Alert, outcome, now, now, now));
    }
}
