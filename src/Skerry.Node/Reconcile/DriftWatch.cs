using System.Globalization;
using Skerry.Linux;
using Skerry.Linux.Watches;
using Skerry.Node.Images;
using Skerry.Node.Pods;
using Skerry.Node.Sensors.Drift;
using Skerry.Oci.Trust.Policies;

namespace Skerry.Node.Reconcile;

/// <summary>Has the programs of containers looked at before they run, where the trust policies of their images ask for it, by the strongest rung that works here.</summary>
internal static class DriftWatch
{
    /// <summary>Why the strongest rung, refusal before a program runs, is not to be had on this machine; null where it is.</summary>
    internal static string? WhyNoRefusal { get; } = ExecGate.WhyNot();

    /// <summary>Refuses a start whose policy denies drift in a tier where nobody can.</summary>
    /// <exception cref="ImageException">It is such a one.</exception>
    internal static void CheckDrift(this NodeRooms rooms, PodState pod, PodContainer container)
    {
        var tier = pod.Record.Pod.Tier;
        if (IsSeen(tier) || HasNoPrograms(tier) || rooms.Images.DriftOf(pod, container.Record) != DriftRule.Deny)
        {
            return;
        }

        throw Refusal(container, $"its trust policy says drift = \"deny\", and in the tier '{tier}' nobody can refuse a program before it runs: {SensorWatch.Blindness(tier)}", "run the pod with --tier process, or let the policy say drift = \"alert\"");
    }

    /// <summary>Has a container gated that exists and has not started, or that was found running.</summary>
    /// <exception cref="ImageException">Its policy denies drift, and no rung works.</exception>
    internal static Task GateDrift(this NodeRooms rooms, PodState pod, PodContainer container, bool isNew)
    {
        var rule = IsSeen(pod.Record.Pod.Tier) && !rooms.Drift.IsWatched(container.Id) ? rooms.DriftOf(pod, container) : DriftRule.Allow;
        return rule == DriftRule.Allow ? Task.CompletedTask : Task.Run(() => Gate(rooms, pod, container, isNew, rule));
    }

    /// <summary>What a container may do with programs that are not of its image: what its policy said when it was started, also when nobody can read that policy now.</summary>
    internal static DriftRule DriftOf(this NodeRooms rooms, PodState pod, PodContainer container)
    {
        var file = PathOf(rooms, container);
        return File.Exists(file) ? Enum.TryParse<DriftRule>(File.ReadAllText(file), out var rule) ? rule : DriftRule.Deny : rooms.Images.DriftOf(pod, container.Record);
    }

    /// <summary>In the bundle, which goes with the container's end.</summary>
    private static string PathOf(NodeRooms rooms, PodContainer container) => Path.Combine(rooms.Paths.Bundle(container.Id), "drift");

    private static void Gate(NodeRooms rooms, PodState pod, PodContainer container, bool isNew, DriftRule rule)
    {
        try
        {
            File.WriteAllText(PathOf(rooms, container), rule.ToString());
            rooms.Drift.Watch(
                new GatedContainer
                {
                    Id = container.Id,
                    First = container.Process,
                    Image = rooms.Images.StampsOf(container.Record),
                    Denies = rule == DriftRule.Deny,
                    Tell = (_, finding) => ThreadPool.UnsafeQueueUserWorkItem(_ => Tell(rooms, pod, container, finding), null),
                },
                isNew);
        }
        catch (Exception error) when (error is LinuxException or DriftException)
        {
            // The rung beneath: the sensor's program kills what is not of the image before its first instruction.
            var isKilled = rooms.Sensor.IsWatched(container.Id);
            rooms.Log.DriftNotRefused(container.Id, error.Message, isKilled ? "the kernel kills them instead" : "nothing does");
            if (isNew && rule == DriftRule.Deny && !isKilled)
            {
                throw Refusal(container, $"its trust policy says drift = \"deny\", and no program can be refused or killed here: {error.Message}; {rooms.Sensor.Reason}", "'skerry node' says what is missing; or let the policy say drift = \"alert\"");
            }
        }
    }

    private static void Tell(NodeRooms rooms, PodState pod, PodContainer container, DriftFinding finding)
    {
        rooms.Sensor.Alerts.Take(DriftAlert.Of(finding, container.Id, container.View.Name, pod.Name, container.View.Image));
        rooms.Events.Tell(
            "container.drift", pod, container,
            ("path", finding.Path), ("program", finding.Program), ("pid", finding.Pid.ToString(CultureInfo.InvariantCulture)), ("reason", finding.Why), ("outcome", finding.Refused ? "refused" : "told"));
    }

    private static bool IsSeen(string tier) => SensorWatch.Blindness(tier) is null;

    /// <summary>Tiers in which nothing executes a file.</summary>
    private static bool HasNoPrograms(string tier) => tier is "wasm" or "unikernel";

    private static ImageException Refusal(PodContainer container, string why, string next) => new(ImageProblem.Untrusted, $"image {container.View.Image}: refused: {why}") { Next = next };
}
