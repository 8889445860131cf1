using Skerry.Contracts.Node.V1;
using Skerry.Linux.Bpf;
using Skerry.Node.Reconcile;

namespace Skerry.Node.Doctor;

/// <summary>Whether the guard sees all that it should, and whether what it tells arrives.</summary>
internal static class GuardChecks
{
    internal static IEnumerable<Check> All(NodeRooms rooms) =>
    [
        new("guard", () => [Sensor(rooms)]),
        new("guard losses", () => Losses(rooms.Sensor.Counters(), rooms.Sensor.Unreadable)),
        new("guard sandboxes", () => Sandboxes(rooms.Sensor.SandboxesTold, rooms.Sensor.SandboxesLost, rooms.Sensor.SandboxesUnreadable, rooms.Sensor.SandboxesUnfollowed)),
        new("guard outputs", () => Outputs(rooms)),
    ];

    /// <summary>Judges what became of events.</summary>
    internal static IEnumerable<Finding> Losses(IReadOnlyList<SensorCounter> counters, long unreadable)
    {
        var (seen, lost, limited) = (0UL, 0UL, 0UL);
        foreach (var counter in counters)
        {
            (seen, lost, limited) = (seen + counter.Seen, lost + counter.Lost, limited + counter.Limited);
        }

        if (lost > 0)
        {
            yield return Check.Warning(FormattableString.Invariant($"{lost} of {seen} events found no room on their way to the rules"), "give the sensor a larger ring ([guard] ring), or watch less: skerry guard status shows which kinds");
        }

        if (limited > 0)
        {
            yield return Check.Warning(FormattableString.Invariant($"{limited} of {seen} events were over the limit of their container"), "skerry guard status shows which kinds; raise [guard] rate, or find out why a container makes so many");
        }

        if (unreadable > 0)
        {
            yield return Check.Error(FormattableString.Invariant($"{unreadable} records could not be understood"), "skerryd and its sensor are not of one version: install skerryd again");
        }

        if (lost + limited + (ulong)unreadable == 0)
        {
            yield return Check.Ok(FormattableString.Invariant($"{seen} events, none lost"));
        }
    }

    /// <summary>Judges what became of what sandboxes tell.</summary>
    internal static IEnumerable<Finding> Sandboxes(long told, long lost, long unreadable, long unfollowed)
    {
        if (lost > 0)
        {
            yield return Check.Warning(FormattableString.Invariant($"sandboxes could not tell {lost} events beside {told} that they told: skerryd was away, or they made too many at once"), "watch less in them, or run the pod with --tier process");
        }

        if (unreadable > 0)
        {
            yield return Check.Warning(FormattableString.Invariant($"{unreadable} events of sandboxes could not be understood, or were of more processes than are followed"), "where it grows, look at the sandboxes: one that is taken over may tell anything");
        }

        if (unfollowed > 0)
        {
            yield return Check.Warning(FormattableString.Invariant($"{unfollowed} paths in sandboxes were told as they were asked for: to look where they lead would have held up the guard"), "where it grows, look at the sandboxes: one may hide behind links what it opens");
        }

        if (told > 0 && lost + unreadable == 0)
        {
            yield return Check.Ok(FormattableString.Invariant($"{told} events of sandboxes, none lost"));
        }
    }

    private static Finding Sensor(NodeRooms rooms)
    {
        var sensor = rooms.Sensor;
        if (!sensor.Begin())
        {
            var (what, mend) = CapabilityChecks.Split(sensor.Reason ?? "it does not run");
            return rooms.Options.Guard.Enabled ? Check.Warning($"containers are not watched: {what}", mend) : Check.Note($"containers are not watched: {what}", "set enabled = true under [guard] in skerry.toml");
        }

        if (sensor.Warden.Reason is { } alone)
        {
            return Check.Warning($"what the kernel answers by itself does not outlive this daemon: {alone}", "skerry guard status says on which rung each rule stands");
        }

        if (sensor.Canary is { Late: > 0 } canary)
        {
            return Check.Warning(FormattableString.Invariant($"{canary.Late} of {canary.Count} events of skerryd's own were judged later than promised"), "see what takes the processors; skerry guard alerts --rule 'Guard late' has the times");
        }

        return Check.Ok(FormattableString.Invariant($"{sensor.Watched.Count} containers are watched by {sensor.Rules.Set.Rules.Count} rules"));
    }

    private static IEnumerable<Finding> Outputs(NodeRooms rooms)
    {
        var alerts = rooms.Sensor.Alerts;
        if (alerts.Dropped > 0)
        {
            yield return Check.Warning(FormattableString.Invariant($"{alerts.Dropped} alerts were not kept"), $"look whether {alerts.Path} can be written, and whether the disk is full");
        }

        if (alerts.Post is { Failure: { } failure } post)
        {
            yield return Check.Warning(FormattableString.Invariant($"{post.Dropped} alerts were not delivered: {failure}"), "look whether the receiver named by [guard] http runs");
        }

        if (alerts.Dropped == 0 && alerts.Post?.Failure is null)
        {
            yield return Check.Ok(FormattableString.Invariant($"{alerts.Written} alerts were told"));
        }
    }
}
