using Skerry.Node.Isolation.Process;
using Skerry.Node.Isolation.Sandbox;
using Skerry.Node.Reconcile;

namespace Skerry.Node.Survey;

/// <summary>What the guard's sensor sees in each tier, and why not.</summary>
internal static class GuardProbes
{
    internal static IEnumerable<Probe> All(NodeRooms rooms)
    {
        foreach (var tier in rooms.Tiers.All)
        {
            yield return new Probe("guard", tier.Name, () => Sees(rooms, tier.Name));
        }

        yield return new Probe("guard", "io_uring", () => Works(rooms) is { } reason ? ProbeResult.No(reason)
            : rooms.Sensor.UringReason is { } blind ? ProbeResult.No(blind) : ProbeResult.Yes("opens, connects, unlinks and renames are told as the system calls they stand for"));
    }

    private static ProbeResult Sees(NodeRooms rooms, string tier)
    {
        if (SensorWatch.Blindness(rooms, tier).GetAwaiter().GetResult() is { } blindness)
        {
            return ProbeResult.No("not seen: " + blindness);
        }

        return Works(rooms) is { } reason
            ? ProbeResult.No(reason)
            : tier == SandboxTier.TierName ? ProbeResult.Yes("gVisor tells of its containers from their first program on; less is known of their calls than in the process tier, and answers come after the call")
            : ProbeResult.Yes(FormattableString.Invariant($"{ProcessTier.TierName} containers are seen from their first program on, by {rooms.Sensor.Rules.Set.Rules.Count} rules"));
    }

    /// <summary>Loads the sensor, where nothing has yet; why it does not work.</summary>
    private static string? Works(NodeRooms rooms) => rooms.Sensor.Begin() ? null : rooms.Sensor.Reason;
}
