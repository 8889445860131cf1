using Skerry.Guard.Rules;
using Skerry.Linux;
using Skerry.Node.Sensors.Alerts;
using Skerry.Node.Sensors.Responses;

namespace Skerry.Node.Sensors;

/// <summary>What is told of what followed on alerts, and of alerts that were not told.</summary>
internal sealed partial class Sensor
{
    private long _leftOut; // of the timer alone, as the next
    private long _leftOutNew;

    /// <summary>Told how many responses there is no alert of; set by who can.</summary>
    internal Action<long>? Untold { get; set; }

    /// <summary>A container was killed as a whole where processes of it were to be.</summary>
    private void TellEnded(SensedContainer container, string why)
    {
        var now = KernelClock.Realtime;
        var place = AlertPlace.Of(container);
        Alerts.Take(AlertMaker.OfItself(
            now, Environment.MachineName, "internal", "Container killed as a whole", Priority.Critical, [], $"processes of container {place.Container} in pod {place.Pod} were to be killed: {why}", [], place,
            new Response(ResponseAction.KillContainer, Outcomes.Done, now, now, now)));
    }

    /// <summary>Tells how many alerts were left out since the last look.</summary>
    private void TellLeftOut()
    {
        var (leftOut, leftOutNew) = (Judge.Limit.LeftOut, Judge.Limit.LeftOutNew);
        var (count, countNew) = (leftOut - _leftOut, leftOutNew - _leftOutNew);
        (_leftOut, _leftOutNew) = (leftOut, leftOutNew);
        if (count > 0)
        {
            _log.AlertsSuppressed(count);
            Alerts.Take(AlertMaker.OfGuard(KernelClock.Realtime, Environment.MachineName, "Alerts left out", Priority.Warning,
                FormattableString.Invariant($"{count} alerts were left out: their rules fired too often; what was to follow on them was done, and on {countNew} of them something did"),
                new Dictionary<string, long> { ["suppressed"] = count, ["answered"] = countNew }));
            if (countNew > 0)
            {
                Untold?.Invoke(countNew);
            }
        }
    }
}
