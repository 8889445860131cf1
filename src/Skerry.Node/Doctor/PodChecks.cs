using Skerry.Contracts.Node.V1;
using Skerry.Linux.Files;
using Skerry.Node.Pods;
using Skerry.Node.Reconcile;

namespace Skerry.Node.Doctor;

/// <summary>Pods that do not run as they should, and the daemon's own record.</summary>
internal static class PodChecks
{
    /// <summary>A container that was restarted and has not run for this long yet may fall again.</summary>
    private static readonly TimeSpan ShortRun = TimeSpan.FromMinutes(1);

    internal static IEnumerable<Check> All(NodeRooms rooms, DateTimeOffset startedAt) =>
    [
        new("pods", () => Pods(rooms.Index.All.SelectMany(static p => p.Containers).Select(static c => c.View), rooms.Clock.GetUtcNow())),
        new("monitors", () => [Monitors(rooms)]),
        new("sweep", () => [Check.Ok(FormattableString.Invariant($"what nobody owns was swept when skerryd started, {startedAt:u}"))]),
    ];

    /// <summary>Judges containers by their state.</summary>
    internal static IEnumerable<Finding> Pods(IEnumerable<Container> containers, DateTimeOffset now)
    {
        var (all, wrong) = (0, 0);
        foreach (var container in containers)
        {
            all++;
            if (container.State == ContainerState.Failed)
            {
                wrong++;
                yield return Check.Warning($"{container.Name} could not be started: {container.Reason}", $"skerry inspect {container.Name}; then skerry start {container.Name}, or skerry rm {container.Name}");
            }
            else if (container.State == ContainerState.Waiting || FellLately(container, now))
            {
                wrong++;
                yield return Check.Warning(
                    FormattableString.Invariant($"{container.Name} has been restarted {container.Restarts} times, last exit code {container.ExitCode}{(container.OomKilled ? ", out of memory" : string.Empty)}"),
                    container.OomKilled ? $"give it more with --memory, and see skerry logs {container.Name}" : $"skerry logs {container.Name}");
            }
        }

        if (wrong == 0)
        {
            yield return Check.Ok(FormattableString.Invariant($"{all} containers, none fails"));
        }
    }

    private static bool FellLately(Container container, DateTimeOffset now) => container.Restarts > 0 && container.State switch
    {
        ContainerState.Created => true, // it is being started again
        ContainerState.Running => container.StartedAt is { } started && now - started.ToDateTimeOffset() < ShortRun,
        _ => false,
    };

    /// <summary>A container whose monitor was killed runs on, but its output and its exit code are lost.</summary>
    private static Finding Monitors(NodeRooms rooms)
    {
        var alone = rooms.Index.All.SelectMany(static p => p.Containers).Where(static c => c.IsAlive && FileCalls.Status(null, $"/proc/{c.Monitor.Pid}") is null).ToList();
        return alone.Count == 0
            ? Check.Ok("each running container has its own")
            : Check.Warning($"{string.Join(", ", alone.Select(static c => c.View.Name))}: the monitor is gone, so output and exit code will be lost", $"skerry stop {alone[0].View.Name}; skerry start {alone[0].View.Name}");
    }
}
