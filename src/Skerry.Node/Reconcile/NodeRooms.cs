using Skerry.Node.Configuration;
using Skerry.Node.Isolation;
using Skerry.Node.Isolation.Process;
using Skerry.Node.Isolation.Spec;
using Skerry.Node.Network;
using Skerry.Node.Pods;

namespace Skerry.Node.Reconcile;

/// <summary>Everything that the parts of the reconciler share; made once, when the node starts.</summary>
internal sealed class NodeRooms
{
    private static readonly TimeSpan CgroupPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan CgroupPause = TimeSpan.FromMilliseconds(5);

    /// <summary>Places.</summary>
    public required NodePaths Paths { get; init; }

    /// <summary>Configuration.</summary>
    public required NodeOptions Options { get; init; }

    /// <summary>8 hex digits that name this node among others on one machine; kept in the journal.</summary>
    public required string Instance { get; init; }

    /// <summary>This boot of the machine (/proc/sys/kernel/random/boot_id).</summary>
    public required string BootId { get; init; }

    /// <summary>The journal.</summary>
    public required Journal.Journal Journal { get; init; }

    /// <summary>Containers on the node's own kernel.</summary>
    public required ProcessIsolator Isolator { get; init; }

    /// <summary>The tiers.</summary>
    public required TierSet Tiers { get; init; }

    /// <summary>Roots of programs that run in jails.</summary>
    public required Isolation.Jails.JailRoots Jails { get; init; }

    /// <summary>Gives pods their tiers.</summary>
    public required TierDesk TierDesk { get; init; }

    /// <summary>How specs are made on this machine.</summary>
    public required PodPlanner Planner { get; init; }

    /// <summary>User-id ranges.</summary>
    public required IdRangePool Ranges { get; init; }

    /// <summary>Images that can be run.</summary>
    public required ImageChoice Images { get; init; }

    /// <summary>Reads images again in the background.</summary>
    public required Images.Upkeep.ScheduledScrub Scrub { get; init; }

    /// <summary>Pod networks and shared namespaces.</summary>
    public required PodNetworking Networking { get; init; }

    /// <summary>All pods.</summary>
    public required PodIndex Index { get; init; }

    /// <summary>What happens.</summary>
    public required EventHub Events { get; init; }

    /// <summary>What goes to the audit log.</summary>
    public required AuditTrail Trail { get; init; }

    /// <summary>What was wrong with the audit log when it was opened; null where nothing was.</summary>
    public string? AuditTrouble { get; init; }

    /// <summary>Records kernel events; null where that is switched off.</summary>
    public Sensors.Recording.FlightRecorder? Recorder { get; init; }

    /// <summary>Time.</summary>
    public required TimeProvider Clock { get; init; }

    /// <summary>Tells when monitors end.</summary>
    public required Linux.Processes.ExitWatch Exits { get; init; }

    /// <summary>What is seen of containers, and what follows.</summary>
    public required Sensors.Sensor Sensor { get; init; }

    /// <summary>Looks at programs before they run, where a trust policy asks for it.</summary>
    public required Sensors.Drift.DriftGate Drift { get; init; }

    /// <summary>The log.</summary>
    public required ILogger Log { get; init; }

    /// <summary>Cancelled when the daemon stops; pods go on.</summary>
    public required CancellationToken Stopping { get; init; }

    /// <summary>Name and version of the OCI runtime beneath.</summary>
    public required string RuntimeName { get; init; }

    /// <summary>What the trial of runtimes found.</summary>
    public required IReadOnlyList<Isolation.Runtime.RuntimeVerdict> RuntimeVerdicts { get; init; }

    /// <summary>The tier of a pod, which it keeps unless it breaks (<see cref="TierFall"/>).</summary>
    internal Tier TierOf(PodState pod) => Tiers[pod.Record.Pod.Tier];

    /// <summary>What makes and ends the containers of a pod.</summary>
    internal ProcessIsolator IsolatorOf(PodState pod) => TierOf(pod).Isolator;

    /// <summary>What a tier is told of a pod.</summary>
    internal TierPod Tell(PodState pod)
    {
        var slot = pod.Record.IdSlot;
        var isHost = pod.Spec.Network == PodNetwork.Host;
        return new TierPod
        {
            Id = pod.Id,
            Spec = pod.Spec,
            Ids = slot < 0 ? null : Ranges.Range(slot),
            FindUsers = () => slot < 0 ? null : Ranges.UserNamespace(slot),
            Network = isHost ? null : pod.Namespaces?.Network,
            IsHostNetwork = isHost,
            Interface = pod.Record.Pod.Addresses.Count > 0 ? pod.Record.Pod.Addresses[0].Interface : string.Empty,
            Directory = Paths.Pod(pod.Id),
            FindContainers = () => [.. pod.Containers.Select(c => Tell(pod, c))],
            Record = pod.Record,
            Keep = () => this.Keep(pod, durable: true),
            Tell = (type, attribute) => Events.Tell(type, pod, null, attribute),
        };
    }

    /// <summary>What a tier is told of a container.</summary>
    internal TierContainer Tell(PodState pod, PodContainer container) => new()
    {
        Id = container.Id,
        Spec = pod.Spec.Containers.First(c => c.Name == container.View.Name),
        Image = Images.Of(container.Record).Tell(),
        Bundle = Paths.Bundle(container.Id),
        Writable = Paths.Writable(container.Id),
        IsEphemeral = pod.Spec.AutoRemove,
    };

    /// <summary>Has a pod's tier rest when none of its containers runs or waits to. The caller holds its gate.</summary>
    internal async Task Rest(PodState pod)
    {
        if (!pod.IsGone && pod.Containers.TrueForAll(static c => !c.IsAlive && c.View.State != Contracts.Node.V1.ContainerState.Waiting))
        {
            await (Tiers.TryFind(pod.Record.Pod.Tier)?.Rest(Tell(pod)) ?? Task.CompletedTask).ConfigureAwait(false);
        }
    }

    /// <summary>Forgets what was remembered, and removes what tiers made, of images that are gone.</summary>
    /// <param name="changed">Layers of images that are still there have changed too: all that was made of images is made again.</param>
    internal void ForgetImages(bool changed = false)
    {
        Images.Forget();
        IReadOnlyList<IReadOnlyList<string>> left = changed ? [] : [.. Images.Store.List().Select(static image => image.LayerDirectories)];
        foreach (var tier in Tiers.All)
        {
            tier.ImagesRemoved(() => Images.Store.List().Select(static i => i.ManifestDigest.ToString()).ToHashSet(StringComparer.Ordinal));
            tier.Forget(left);
        }
    }

    /// <summary>Sends a signal to a container's program. False: it is gone.</summary>
    internal Task<bool> Signal(PodState pod, PodContainer container, int signal) => IsolatorOf(pod).Signal(container.Id, container.Process, signal);

    /// <summary>
    /// Removes a container's control groups, or its pod's. Monitors, also of execs, end a moment after what they watch and hold a group
    /// until then; a group that somebody holds longer is left for the next start's sweep.
    /// </summary>
    internal async Task RemoveCgroups(string podId, string? containerId)
    {
        for (var begun = Clock.GetTimestamp(); !Planner.RemoveCgroups(podId, containerId) && Clock.GetElapsedTime(begun) < CgroupPatience;)
        {
            await Task.Delay(CgroupPause, Clock).ConfigureAwait(false);
        }
    }
}
