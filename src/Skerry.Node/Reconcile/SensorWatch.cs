using Skerry.Guard.Events;
using Skerry.Linux;
using Skerry.Linux.Processes;
using Skerry.Node.Isolation.Sandbox;
using Skerry.Node.Isolation.Spec;
using Skerry.Node.Pods;
using Skerry.Node.Sensors;
using Skerry.Node.Sensors.Alerts;
using Skerry.Node.Sensors.Standing;
using Skerry.Oci;

namespace Skerry.Node.Reconcile;

/// <summary>Tells the sensor of containers as they come and go.</summary>
internal static class SensorWatch
{
    /// <summary>Tiers whose containers' system calls are the node's kernel's own, so that they can be seen there.</summary>
    private const string Seen = "process";

    private const long NanosecondsInSecond = 1_000_000_000;

    /// <summary>Why nobody on the node sees what happens in a tier; null where its kernel does, or gVisor tells it.</summary>
    internal static async Task<string?> Blindness(NodeRooms rooms, string tier) => tier != SandboxTier.TierName ? Elsewhere(tier)
        : await ((SandboxTier)rooms.Tiers[tier]).Silence().ConfigureAwait(false) is { Length: > 0 } silence ? $"{Elsewhere(tier)}, and gVisor does not tell: {silence}" : null;

    /// <summary>Where the system calls of a tier end; null: in the node's kernel.</summary>
    internal static string? Elsewhere(string tier) => tier switch
    {
        Seen => null,
        SandboxTier.TierName => "system calls end in gVisor's own kernel",
        "microvm" => "system calls end in the kernel of the virtual machine",
        "unikernel" => "there are no system calls: program and kernel are one",
        "wasm" => "a module makes no system calls; what it may do is decided by the runtime",
        _ => "nothing is known of this tier",
    };

    /// <summary>Has the sensor begin, while other work goes on.</summary>
    internal static Task BeginSensor(this NodeRooms rooms, PodState pod) =>
        Elsewhere(pod.Record.Pod.Tier) is null ? Task.Run(rooms.Sensor.Begin) : Task.CompletedTask;

    /// <summary>Has a container watched that exists and has not started, or that was adopted. A container that cannot be watched runs; the log says why it is not seen.</summary>
    internal static Task Introduce(this NodeRooms rooms, PodState pod, PodContainer container) =>
        rooms.Sensor.IsWatched(container.Id) ? Task.CompletedTask
        : pod.Record.Pod.Tier == SandboxTier.TierName ? rooms.IntroduceSandbox(pod, container)
        : Elsewhere(pod.Record.Pod.Tier) is null ? Task.Run(() => Watch(rooms, pod, container)) : Task.CompletedTask;

    /// <summary>Tells of what the kernel did while no daemon was there: alerts, and an entry of the audit log. Before containers that ended meanwhile are forgotten.</summary>
    internal static void TellAway(this NodeRooms rooms)
    {
        var containers = rooms.Index.All.SelectMany(static pod => pod.Containers.Select(container => (pod, container)))
            .DistinctBy(static c => Warden.KeyOf(c.container.Id)).ToDictionary(static c => Warden.KeyOf(c.container.Id), static c => new AlertPlace(c.container.Id, c.container.View.Name, c.pod.Name));
        if (rooms.Sensor.TellAway(key => containers.GetValueOrDefault(key)) is { IsEmpty: false } report)
        {
            rooms.Trail.Away(report);
        }
    }

    /// <summary>A container that went on while no daemon was there; null where the sensor would not have seen it either.</summary>
    internal static UnseenContainer? Unseen(this NodeRooms rooms, PodState pod, PodContainer container, bool hasEnded) =>
        !rooms.Options.Guard.Enabled || (hasEnded ? Elsewhere(pod.Record.Pod.Tier) is not null : !rooms.Sensor.IsWatched(container.Id)) ? null
        : new UnseenContainer(
            new AlertPlace(container.Id, container.View.Name, pod.Name), pod.Spec.Labels.GetValueOrDefault("io.kubernetes.pod.namespace") ?? string.Empty,
            container.View.StartedAt is { } started ? (started.Seconds * NanosecondsInSecond) + started.Nanos : 0, KernelClock.Realtime, hasEnded);

    /// <summary>Tells what nobody saw while no daemon was there: an alert, an entry of the audit log, a gap in the recording.</summary>
    internal static void TellUnseen(this NodeRooms rooms, IReadOnlyList<UnseenContainer> containers)
    {
        if (rooms.Sensor.TellUnseen(containers, rooms.Recorder?.LatestBefore, rooms.Options.Record.Flush) is { } report)
        {
            rooms.Trail.Unseen(report);
        }
    }

    private static void Watch(NodeRooms rooms, PodState pod, PodContainer container)
    {
        var first = container.Process;
        if (PidNamespace.Of(first.Pid) is not { } inode)
        {
            rooms.Log.ContainerMissed(container.Id, "it has no pid namespace any more");
            return;
        }

        if (inode == PidNamespace.Own)
        {
            rooms.Log.ContainerMissed(container.Id, "it shares the node's pid namespace, so that its processes cannot be told from the node's");
            return;
        }

        IdRange? range = pod.Record.IdSlot < 0 ? null : rooms.Ranges.Range(pod.Record.IdSlot);
        var users = UserBook.Of(first.Pid, range);
        rooms.Sensor.Watch(number => new SensedContainer
        {
            Number = number,
            Id = container.Id,
            PodId = pod.Id,
            PidNamespace = inode,
            First = first,
            Facts = Facts(rooms, pod, container, users),
            DeniesDrift = rooms.DriftOf(pod, container) == Oci.Trust.Policies.DriftRule.Deny,
            Users = users,
        });
    }

    internal static ContainerFacts Facts(NodeRooms rooms, PodState pod, PodContainer container, UserBook users)
    {
        const int ShortId = 12;
        var spec = pod.Spec.Containers.First(c => c.Name == container.View.Name);
        var isKnown = ImageReference.TryParse(container.View.Image, out var reference);
        Text address = pod.Record.Pod.Addresses.Count > 0 ? pod.Record.Pod.Addresses[0].Address.Split('/')[0] : null;
        return new ContainerFacts
        {
            Id = container.Id[..ShortId],
            FullId = container.Id,
            Name = container.View.Name,
            Image = container.View.Image,
            ImageId = container.Record.ImageConfigDigest,
            Repository = isKnown ? reference!.Name : container.View.Image,
            Tag = isKnown ? reference!.Tag : null,
            Digest = container.View.ImageDigest,
            Engine = "skerry",
            IsPrivileged = pod.Record.IdSlot < 0 && spec.CapAdd.Any(static c => c.Equals("ALL", StringComparison.OrdinalIgnoreCase)),
            Mounts = [.. spec.Mounts.Select(static m => new ContainerMount(m.Source, m.Destination, m.ReadOnly ? "ro" : "rw", !m.ReadOnly, m.Propagation))],
            StartTime = rooms.Clock.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000,
            Address = address,
            HasHostPids = false,
            HasHostNetwork = pod.Spec.Network == Network.PodNetwork.Host,
            HasHostIpc = false,
            UserNames = users.UserNames,
            GroupNames = users.GroupNames,
            Labels = spec.Labels.ToDictionary(static l => l.Key, static l => (Text)l.Value, StringComparer.Ordinal),
            Pod = new PodFacts
            {
                Name = pod.Name,
                Namespace = pod.Spec.Labels.GetValueOrDefault("io.kubernetes.pod.namespace"),
                Uid = pod.Id,
                SandboxId = pod.Id,
                Address = address,
                Labels = pod.Spec.Labels.ToDictionary(static l => l.Key, static l => (Text)l.Value, StringComparer.Ordinal),
            },
        };
    }
}
