using Skerry.Guard.Recorder;
using Skerry.Guard.Rules;
using Skerry.Linux;
using Skerry.Node.Sensors.Alerts;
using Skerry.Node.Sensors.Standing;

namespace Skerry.Node.Sensors;

/// <summary>What the sensor did not see, and who is told.</summary>
internal sealed partial class Sensor
{
    /// <summary>Told of what happened and was not seen; set by who records it.</summary>
    internal Action<RecordLoss>? Lost { get; set; }

    /// <summary>Remembers until when there was a sensor; null where nobody is to know.</summary>
    internal SightMark? Mark { get; init; }

    /// <summary>What went on before this daemon watched; null for nothing.</summary>
    internal UnseenReport? Unseen { get; private set; }

    /// <summary>Tells of containers that went on while no sensor was there.</summary>
    /// <param name="containers">They.</param>
    /// <param name="recorded">When the last event before was recorded, nanoseconds since 1970; null for not known.</param>
    /// <param name="flush">How long events may have waited to be recorded.</param>
    /// <returns>Null: there is nothing to tell.</returns>
    internal UnseenReport? TellUnseen(IReadOnlyList<UnseenContainer> containers, long? recorded, TimeSpan flush)
    {
        if (containers.Count == 0 || Reason is not null)
        {
            return null;
        }

        // An event that is recorded was seen. One that was seen is recorded when it waited long enough, or the recorder ended in order.
        var (marked, kept) = (Mark?.Last ?? long.MinValue, recorded ?? long.MinValue);
        var saw = Math.Max(marked, kept);
        var wrote = Mark is { WasOrderly: true, Last: not null } || marked == long.MinValue ? saw : Math.Max(kept, marked - ((flush.Ticks + TimeSpan.TicksPerSecond) * TimeSpan.NanosecondsPerTick));
        var report = new UnseenReport(containers.Min(c => c.From(saw)), containers.Max(static c => c.To), Mark?.WasOrderly == true, containers);
        foreach (var container in containers)
        {
            Lost?.Invoke(container.Loss(wrote));
        }

        Unseen = report;
        _log.SensorWasAway(report.Sentence);
        Alerts.Take(AlertMaker.OfGuard(
            KernelClock.Realtime, Environment.MachineName, "Sensor away", Priority.Warning, report.Sentence,
            [("from", report.From), ("to", report.To), ("count", (long)containers.Count), ("containers", report.Names)]));
        return report;
    }

    /// <summary>Tells that something of the guard does not work any more, or does again.</summary>
    /// <param name="rule">The alert's name where it does not.</param>
    /// <param name="again">Its name where it does.</param>
    /// <param name="what">What does not work.</param>
    /// <param name="problem">Why; null: it works.</param>
    internal void TellTrouble(string rule, string again, string what, string? problem) => Alerts.Take(AlertMaker.OfGuard(
        KernelClock.Realtime, Environment.MachineName, problem is null ? again : rule, problem is null ? Priority.Notice : Priority.Error, problem is null ? what + ": no more" : $"{what}: {problem}", new Dictionary<string, long>()));

    private void NoteLoss(LossKind kind, long from, long to, long count, int of)
    {
        if (count > 0)
        {
            Lost?.Invoke(new RecordLoss(kind, from, to, (ulong)count, NameOf(of)));
        }
    }
}
