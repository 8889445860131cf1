using Google.Protobuf.WellKnownTypes;
using Skerry.Node.Pods;

namespace Skerry.Node.Reconcile;

/// <summary>Writes what changed to the journal.</summary>
internal static class PodChange
{
    /// <summary>A pod that its starter removes is not worth a sync: after a power cut it is swept.</summary>
    internal static bool IsDurable(PodState pod) => !pod.Spec.AutoRemove;

    /// <summary>Now, for a record.</summary>
    internal static Timestamp Now(this NodeRooms rooms) => Timestamp.FromDateTimeOffset(rooms.Clock.GetUtcNow());

    /// <summary>Keeps a pod; one that is gone stays so. With <paramref name="durable"/> the task completes when it is on the medium.</summary>
    internal static Task Keep(this NodeRooms rooms, PodState pod, bool durable = false) =>
        pod.IsGone ? Task.CompletedTask : rooms.Journal.PutPod(pod.Record, durable && IsDurable(pod));

    /// <summary>Keeps a container.</summary>
    internal static Task Keep(this NodeRooms rooms, PodState pod, PodContainer container, bool durable = false) =>
        pod.IsGone ? Task.CompletedTask : rooms.Journal.PutContainer(container.Record, durable && IsDurable(pod));
}
