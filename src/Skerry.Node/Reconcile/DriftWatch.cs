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
    /// <summary>What to do about <see cref="WhyNobodyRefuses"/>.</summary>
    internal const string Remedy = "run the pod with --tier process, or let the policy say drift = \"alert\"";

    /// <summary>Why the strongest rung, refusal before a program runs, is not to be had on this machine; null where it is.</summary>
    internal static string? WhyNoRefusal { get; } = ExecGate.WhyNot();

    /// <summary>Refuses a start whose policy denies drift in a tier where nobody can.</summary>
    /// <exception cref="ImageException">It is such a one.</exception>
    internal static void CheckDrift(this NodeRooms rooms, PodState pod, PodContainer container)
    {
        if (WhyNobodyRefuses(pod.Record.Pod.Tier) is { } why && rooms.Images.DriftOf(pod, container.Record) == DriftRule.Deny)
        {
            throw Refusal(container, why, Remedy);
        }
    }

    /// <summary>Why an image whose policy denies drift cannot run in a tier; null where it can, or nothing there executes a file.</summary>
    internal static string? WhyNobodyRefuses(string tier) => IsSeen(tier) || HasNoPrograms(tier) ? null
        : $"its trust policy says drift = \"deny\", and in the tier '{tier}' nobody can refuse a program before it runs: {SensorWatch.Elsewhere(tier)}";

    /// <summary>Has a container gated that exists and has not started, or that was found running.</summary>
    /// <exception cref="ImageException">Its policy denies drift, and no rung works.</exception>
    internal static Task GateDrift(this NodeRooms rooms, PodState pod, PodContainer container, bool isNew)
    {
        if (!IsSeen(pod.Record.Pod.Tier) || rooms.Drift.IsWatched(container.Id))
        {
            return Task.CompletedTask;
        }

        var rule = rooms.DriftOf(pod, container);
        if (isNew)
        {
            File.WriteAllText(PathOf(rooms, container), rule.ToString());
        }

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
            // The rungs beneath: security hooks refuse what is not of the image, or it is killed before its first instruction.
            var isKilled = rooms.Sensor.IsHeld(container.Id);
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

    private static bool IsSeen(string tier) => SensorWatch.Elsewhere(tier) is null;

    /// <summary>Tiers in which nothing executes a file.</summary>
    private static bool HasNoPrograms(string tier) => tier is "wasm" or "unikernel";

    private static ImageException Refusal(PodContainer container, string why, string next) => new(ImageProblem.Untrusted, $"image {container.View.Image}: refused: {why}") { Next = next };
}
