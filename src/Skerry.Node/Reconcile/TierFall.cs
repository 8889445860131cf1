using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Skerry.Node.Isolation;
using Skerry.Node.Isolation.Cgroups;
using Skerry.Node.Policy;
using Skerry.Node.Pods;

namespace Skerry.Node.Reconcile;

/// <summary>
/// Moves a pod whose tier broke to another, within the pod's minimum. What must hold: a pod never gets a tier weaker than its minimum; one
/// that names its tier and no minimum is never moved; and a pod that declares no minimum is moved only for what happened to the machine
/// (a device or program that is gone), not for crashes, which a program inside can bring about to get out of a stronger tier.
/// </summary>
internal sealed class TierFall(NodeRooms rooms)
{
    /// <summary>So many breakdowns in a row break the tier for a pod …</summary>
    private const uint MostBreakdowns = 2;

    /// <summary>… where no more than this lies between one and the next.</summary>
    private static readonly TimeSpan Row = TimeSpan.FromHours(1);

    private static readonly TimeSpan KillPatience = TimeSpan.FromSeconds(2);
    private readonly Lazy<CgroupLayout> _layout = new(CgroupLayout.Detect);

    /// <summary>Notes how a container's end or failed start came about; the caller keeps the pod.</summary>
    /// <param name="pod">Its pod.</param>
    /// <param name="breakdown">How the tier broke; null: it did not.</param>
    /// <param name="now">When.</param>
    internal static void Note(PodState pod, string? breakdown, DateTimeOffset now)
    {
        var record = pod.Record;
        if (breakdown is not null && record.Machine is { } machine)
        {
            // All containers of a machine end with it.
            if (machine.Counted)
            {
                return;
            }

            machine.Counted = true;
        }

        var isInRow = record.TierBrokeAt is not { } last || now - last.ToDateTimeOffset() < Row;
        record.TierBreakdowns = breakdown is null ? 0 : isInRow ? record.TierBreakdowns + 1 : 1;
        record.TierBreakdown = breakdown ?? string.Empty;
        record.TierBrokeAt = breakdown is null ? null : Timestamp.FromDateTimeOffset(now);
    }

    /// <summary>
    /// Looks, before a container is started again, whether the pod's tier still works, and moves the pod if not. The caller holds the gate.
    /// <list type="number">
    /// <item>See whether the tier broke.</item>
    /// <item>See whether the pod may be moved.</item>
    /// <item>Decide anew, without the tier that broke.</item>
    /// <item>Take down what the old tier has of it.</item>
    /// <item>Write the new tier and the event to the journal, durably, before anything runs in it.</item>
    /// </list>
    /// </summary>
    /// <exception cref="PodException">The tier does not work any more, and there is no other for the pod.</exception>
    internal async Task Reconsider(PodState pod)
    {
        // 1. broke?
        var old = rooms.TierOf(pod);
        var hasCrashed = pod.Record.TierBreakdowns >= MostBreakdowns;
        if ((old.StandsOn.Count == 0 && !hasCrashed) || pod.Containers.Exists(static c => c.IsAlive))
        {
            return;
        }

        var survey = rooms.TierDesk.Survey;
        await survey.Know(old.Name).ConfigureAwait(false);
        var standing = survey.Now().StandingOf(old.Name);
        var isGone = standing is not { Fitness: > Fitness.Untried };
        if (!isGone && !hasCrashed)
        {
            return;
        }

        var broke = isGone
            ? $"it does not work here any more: {standing?.Reason}"
            : string.Create(CultureInfo.InvariantCulture, $"it broke {pod.Record.TierBreakdowns} times in a row: {pod.Record.TierBreakdown}");

        // 2. may it move?
        var declares = pod.Spec.MinimumTier.Length > 0;
        if (!declares && (pod.Spec.Tier.Length > 0 || !isGone))
        {
            if (!isGone)
            {
                return;
            }

            throw await Keep(pod, old, $"{broke}; the pod names tier {old.Name} and declares no minimum, so no other is taken in its place", standing?.Remedy ?? string.Empty).ConfigureAwait(false);
        }

        // 3. decide
        var spec = pod.Spec.Clone();
        spec.Tier = string.Empty;
        var images = pod.Containers.Select(c => rooms.Images.Tell(spec, c.Record.Container.Image, rooms.Images.Of(c.Record))).ToList();
        var decision = await rooms.TierDesk.Decide(spec, images, new Dictionary<string, string>(StringComparer.Ordinal) { [old.Name] = broke }).ConfigureAwait(false);
        if (decision is not TierDecision.Chosen chosen)
        {
            var refused = (TierDecision.Refused)decision;
            if (!isGone)
            {
                await Stay(pod, old, $"{broke}; {refused.Reason}").ConfigureAwait(false);
                return;
            }

            throw await Keep(pod, old, $"{broke}; {refused.Reason}", refused.Remedy).ConfigureAwait(false);
        }

        await Move(pod, old, await rooms.TierDesk.Assigned(chosen).ConfigureAwait(false), broke).ConfigureAwait(false);
    }

    private async Task Move(PodState pod, Tier old, AssignedTier to, string broke)
    {
        // 4. take down
        foreach (var container in pod.Containers)
        {
            await old.Isolator.Delete(container.Id, rooms.Paths.Bundle(container.Id)).ConfigureAwait(false);
            var group = new Cgroup(_layout.Value, Cgroup.PathOf(rooms.Instance, pod.Id, container.Id));
            if (group.Exists && !group.Kill(rooms.Clock, KillPatience))
            {
                throw PodException.State($"pod {pod.Name}: processes of tier {old.Name} do not end", "see ps and the kernel's log (dmesg)");
            }
        }

        await old.Leave(rooms.Tell(pod)).ConfigureAwait(false);

        // 5. journal
        var reason = $"{old.Name} broke ({broke}), and this is {to.Reason}";
        pod.Record.Pod.Tier = to.Name;
        pod.Record.Pod.TierReason = reason;
        pod.Record.Pod.Runtime = to.Runtime;
        Note(pod, null, rooms.Clock.GetUtcNow());
        foreach (var container in pod.Containers)
        {
            container.View.Tier = to.Name;
            container.Record.Runtime = to.Runtime;
            _ = rooms.Keep(pod, container);
        }

        await rooms.Keep(pod, durable: true).ConfigureAwait(false);
        rooms.Log.TierMoved(pod.Name, old.Name, to.Name, broke);
        await rooms.Events.TellDurably("pod.tier", pod, ("from", old.Name), ("to", to.Name), ("reason", reason)).ConfigureAwait(false);
    }

    /// <summary>Tells, when it has just been found, that there is nothing for a pod but the tier that breaks under it: it is started there again.</summary>
    private async Task Stay(PodState pod, Tier old, string why)
    {
        if (pod.Record.TierBreakdowns > MostBreakdowns)
        {
            return;
        }

        pod.Record.Pod.TierReason = $"{old.Name}: {why}; it is started there again";
        await rooms.Keep(pod, durable: true).ConfigureAwait(false);
        rooms.Log.TierKept(pod.Name, old.Name, why);
        await rooms.Events.TellDurably("pod.tier", pod, ("from", old.Name), ("to", string.Empty), ("reason", why)).ConfigureAwait(false);
    }

    /// <summary>Tells once that a pod stays without a tier that works.</summary>
    private async Task<PodException> Keep(PodState pod, Tier old, string why, string remedy)
    {
        if (pod.Record.TierBreakdown != why)
        {
            pod.Record.TierBreakdown = why;
            await rooms.Keep(pod, durable: true).ConfigureAwait(false);
            rooms.Log.TierKept(pod.Name, old.Name, why);
            await rooms.Events.TellDurably("pod.tier", pod, ("from", old.Name), ("to", string.Empty), ("reason", why)).ConfigureAwait(false);
        }

        return PodException.Refused($"tier {old.Name}: {why}", remedy.Length > 0 ? remedy : "see skerry node");
    }
}
