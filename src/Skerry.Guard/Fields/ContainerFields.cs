using Skerry.Guard.Events;

namespace Skerry.Guard.Fields;

/// <summary>Fields of the container a process runs in. Processes of the node itself have the container "host".</summary>
internal static class ContainerFields
{
    private const FieldTraits ByBoth = FieldTraits.ArgumentRequired | FieldTraits.ArgumentIndex | FieldTraits.ArgumentKey;
    private const FieldTraits ByKey = FieldTraits.ArgumentRequired | FieldTraits.ArgumentKey | FieldTraits.ArgumentDotted;

    public static FieldClass Class { get; } = new FieldClass("container", "The container of the process.")
        .Text("container.id", "First twelve characters of its identifier; host on the node itself.", static (e, _) => e.Process is null ? default : e.Container?.Id ?? KnownTexts.Host)
        .Text("container.full_id", "Its identifier.", static (e, _) => e.Container?.FullId ?? default)
        .Text("container.name", "Its name; host on the node itself.", static (e, _) => e.Process is null ? default : e.Container?.Name ?? KnownTexts.Host)
        .Text("container.image", "Its image.", static (e, _) => e.Container?.Image ?? default)
        .Text("container.image.id", "Identifier of the image.", static (e, _) => e.Container?.ImageId ?? default)
        .Text("container.type", "Its engine; host on the node itself.", static (e, _) => e.Process is null ? default : e.Container?.Engine ?? KnownTexts.Host)
        .Flag("container.privileged", "True where it has the node's powers.", static e => e.Container?.IsPrivileged)
        .Text("container.mounts", "Its mounts, source:dest:mode:rdwr:propagation, with a space between.", static (e, _) => MountText.All(e))
        .Text("container.mount", "A mount, by number or source.", static (e, a) => MountText.Whole(e, a), ByBoth)
        .Text("container.mount.source", "Source of a mount, by number or destination.", static (e, a) => MountText.Find(e, a, byDestination: true)?.Source ?? default, ByBoth)
        .Text("container.mount.dest", "Destination of a mount, by number or source.", static (e, a) => MountText.Find(e, a)?.Destination ?? default, ByBoth)
        .Text("container.mount.mode", "Mode of a mount.", static (e, a) => MountText.Find(e, a)?.Mode ?? default, ByBoth)
        .Text("container.mount.rdwr", "true for a mount that may be written.", static (e, a) => MountText.Find(e, a) is { } mount ? (mount.IsWritable ? KnownTexts.True : KnownTexts.False) : default, ByBoth)
        .Text("container.mount.propagation", "Propagation of a mount.", static (e, a) => MountText.Find(e, a)?.Propagation ?? default, ByBoth)
        .Text("container.image.repository", "Its image without tag and digest.", static (e, _) => e.Container?.Repository ?? default)
        .Text("container.image.tag", "Tag of the image.", static (e, _) => e.Container?.Tag ?? default)
        .Text("container.image.digest", "Digest of the image.", static (e, _) => e.Container?.Digest ?? default)
        .Missing("container.healthcheck", FieldType.CharBuf, "Health check.", FieldTraits.Deprecated)
        .Missing("container.liveness_probe", FieldType.CharBuf, "Liveness probe.", FieldTraits.Deprecated)
        .Missing("container.readiness_probe", FieldType.CharBuf, "Readiness probe.", FieldTraits.Deprecated)
        .Number("container.start_ts", FieldType.AbsTime, "Start, nanoseconds since 1970.", static (e, _) => e.Container?.StartTime)
        .Number("container.duration", FieldType.RelTime, "Nanoseconds since its start.", static (e, _) => e.Container?.StartTime is { } start ? e.Timestamp - start : null)
        .Text("container.ip", "Its first address.", static (e, _) => e.Container?.Address ?? default)
        .Missing("container.cni.json", FieldType.CharBuf, "What CNI said of its network.")
        .Flag("container.host_pid", "True where it shares the node's process namespace.", static e => e.Container?.HasHostPids)
        .Flag("container.host_network", "True where it shares the node's network.", static e => e.Container?.HasHostNetwork)
        .Flag("container.host_ipc", "True where it shares the node's IPC namespace.", static e => e.Container?.HasHostIpc)
        .Text("container.label", "A label, as container.label.app.", static (e, a) => Label(e.Container?.Labels, a.Key), ByKey)
        .Text("container.labels", "All labels as key:value with commas.", static (e, _) => LabelText(e, e.Container?.Labels));

    public static FieldClass Pods { get; } = new FieldClass("k8s", "The pod of the process.")
        .Text("k8s.pod.name", "Name of the pod.", static (e, _) => e.Container?.Pod?.Name ?? default)
        .Text("k8s.ns.name", "Namespace of the pod.", static (e, _) => e.Container?.Pod?.Namespace ?? default)
        .Text("k8s.pod.id", "As k8s.pod.uid.", static (e, _) => e.Container?.Pod?.Uid ?? default)
        .Text("k8s.pod.uid", "Identifier of the pod.", static (e, _) => e.Container?.Pod?.Uid ?? default)
        .Text("k8s.pod.sandbox_id", "First twelve characters of the sandbox's identifier.", static (e, _) => Short(e.Container?.Pod?.SandboxId ?? default))
        .Text("k8s.pod.full_sandbox_id", "Identifier of the sandbox.", static (e, _) => e.Container?.Pod?.SandboxId ?? default)
        .Text("k8s.pod.label", "A label, as k8s.pod.label.app.", static (e, a) => Label(e.Container?.Pod?.Labels, a.Key), ByKey)
        .Text("k8s.pod.labels", "All labels as key:value with commas.", static (e, _) => LabelText(e, e.Container?.Pod?.Labels))
        .Text("k8s.pod.ip", "Address of the pod.", static (e, _) => e.Container?.Pod?.Address ?? default)
        .Missing("k8s.pod.cni.json", FieldType.CharBuf, "What CNI said of its network.")
        .Old("k8s.rc")
        .Old("k8s.svc")
        .Missing("k8s.ns.id", FieldType.CharBuf, "Kept for old rules.", FieldTraits.Deprecated)
        .Missing("k8s.ns.label", FieldType.CharBuf, "Kept for old rules.", FieldTraits.Deprecated | ByKey)
        .Missing("k8s.ns.labels", FieldType.CharBuf, "Kept for old rules.", FieldTraits.Deprecated)
        .Old("k8s.rs")
        .Old("k8s.deployment");

    private static FieldClass Old(this FieldClass fields, string prefix) => fields
        .Missing(prefix + ".name", FieldType.CharBuf, "Kept for old rules.", FieldTraits.Deprecated)
        .Missing(prefix + ".id", FieldType.CharBuf, "Kept for old rules.", FieldTraits.Deprecated)
        .Missing(prefix + ".label", FieldType.CharBuf, "Kept for old rules.", FieldTraits.Deprecated | ByKey)
        .Missing(prefix + ".labels", FieldType.CharBuf, "Kept for old rules.", FieldTraits.Deprecated);

    private static Text Short(Text id) => id.Length > 12 ? id.Slice(0, 12) : id;

    private static Text Label(IReadOnlyDictionary<string, Text>? labels, string? key) =>
        labels is not null && key is not null && labels.TryGetValue(key, out var value) ? value : default;

    private static Text LabelText(KernelEvent e, IReadOnlyDictionary<string, Text>? labels)
    {
        if (labels is not { Count: > 0 })
        {
            return default;
        }

        var scratch = e.Scratch.Begin();
        var first = true;
        foreach (var (key, value) in labels)
        {
            (first ? scratch : scratch.Append((byte)',')).Append(((Text)key).Span).Append((byte)':').Append(value.Span);
            first = false;
        }

        return scratch.Take();
    }
}
