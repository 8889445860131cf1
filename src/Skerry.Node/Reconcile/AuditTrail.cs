using System.Collections.Immutable;
using System.Globalization;
using Skerry.Contracts.Node.V1;
using Skerry.Guard.Audit;
using Skerry.Node.Audit;
using Skerry.Node.Pods;
using Skerry.Node.Sensors.Responses;

namespace Skerry.Node.Reconcile;

/// <summary>What of all that happens on a node goes to the audit log, and in what words (docs/formats/audit.md).</summary>
/// <remarks>
/// The log that cannot be written stops no pod: starts and restarts go on, and the next entry says how many are missing. What only a person asks for
/// and what could hide something (exec) is refused meanwhile.
/// </remarks>
internal sealed class AuditTrail(AuditLog log, TimeProvider clock)
{
    /// <summary>Events of which more is said than the event does, by the methods below.</summary>
    private static readonly ImmutableHashSet<string> ToldElsewhere = ["pod.create", "container.start", "container.exec"];

    /// <summary>The log.</summary>
    internal AuditLog Log => log;

    /// <summary>Writes an entry; the task completes with its number when it is on the medium.</summary>
    internal Task<long> Write(
        string kind, string outcome, ImmutableSortedDictionary<string, string> subject, ImmutableSortedDictionary<string, string> details) =>
        log.Append(new AuditEntry { At = clock.GetUtcNow(), Kind = kind, Outcome = outcome, Actor = Asker.Now, Subject = subject, Details = details });

    /// <summary>Writes of an event what it says.</summary>
    internal void Note(Event happened)
    {
        if (!ToldElsewhere.Contains(happened.Type))
        {
            var failed = happened.Type is "container.fail" or "container.oom" || (happened.Type == "pod.tier" && happened.Attributes.GetValueOrDefault("to", "-").Length == 0);
            _ = Write(
                happened.Type,
                failed ? "failed" : happened.Attributes.GetValueOrDefault("outcome", string.Empty) == "refused" ? "refused" : "ok",
                Subject(happened.PodId, happened.PodName, happened.ContainerId, happened.ContainerName, happened.Image, string.Empty),
                AuditEntry.Values([.. happened.Attributes.OrderBy(static a => a.Key, StringComparer.Ordinal).Take(AuditEntry.MostValues).Select(static a => (a.Key, (string?)a.Value))]));
        }
    }

    /// <summary>A pod was made: with what, and how isolated.</summary>
    internal void Created(PodState pod)
    {
        var (spec, view) = (pod.Spec, pod.Record.Pod);
        _ = Write("pod.create", "ok", Subject(pod, null), AuditEntry.Values(
            ("tier", view.Tier),
            ("tierReason", view.TierReason),
            ("network", spec.Network),
            ("hostUsers", spec.HostUsers ? "true" : null),
            ("images", string.Join(' ', pod.Containers.Select(static c => $"{c.View.Image}@{c.View.ImageDigest}"))),
            ("capAdd", string.Join(' ', spec.Containers.SelectMany(static c => c.CapAdd))),
            ("devices", string.Join(' ', spec.Containers.SelectMany(static c => c.Devices))),
            ("mounts", string.Join(' ', spec.Containers.SelectMany(static c => c.Mounts).Select(static m => $"{m.Source}:{m.Destination}"))),
            ("ports", string.Join(' ', spec.Ports.Select(static p => $"{p.HostPort}:{p.ContainerPort}/{p.Protocol}")))));
    }

    /// <summary>A container is about to run.</summary>
    internal Task<long> Starting(PodState pod, PodContainer container) => Write("container.start", "ok", Subject(pod, container), AuditEntry.Values(
        ("tier", pod.Record.Pod.Tier),
        ("command", string.Join(' ', container.View.Command)),
        ("restarts", container.View.Restarts == 0 ? null : container.View.Restarts.ToString(CultureInfo.InvariantCulture))));

    /// <summary>Somebody runs a program of his own in a container; it may begin when this is on the medium.</summary>
    /// <exception cref="PodException">The log cannot take it.</exception>
    internal async Task Exec(PodState pod, PodContainer container, IReadOnlyList<string> command, string user)
    {
        try
        {
            await Write("container.exec", "ok", Subject(pod, container), AuditEntry.Values(("command", string.Join(' ', command)), ("user", user))).ConfigureAwait(false);
        }
        catch (AuditException error)
        {
            throw PodException.Failed($"exec: {error.Message}: what cannot be logged is not done", error);
        }
    }

    /// <summary>The guard answered an attack. Alerts without an answer are in the file of alerts alone.</summary>
    internal void Answered(Sensors.Alerts.Alert alert)
    {
        if (alert.Response.Action != ResponseAction.Alert)
        {
            _ = Write("guard.response", "ok", Subject(string.Empty, alert.PodName, alert.ContainerId, alert.ContainerName, string.Empty, string.Empty), AuditEntry.Values(
                ("rule", alert.Rule), ("priority", alert.Priority), ("action", alert.Response.ActionName), ("done", alert.Response.Outcome), ("alert", alert.Id.ToString()), ("output", alert.Output)));
        }
    }

    /// <summary>The guard answered, and told of it no more one by one: a rule fired too often.</summary>
    internal void Untold(long count) => _ = Write("guard.untold", "ok", AuditEntry.None, AuditEntry.Values(("responses", count.ToString(CultureInfo.InvariantCulture))));

    /// <summary>The kernel answered while no daemon was there. Each answer that is told by an alert has an entry of its own.</summary>
    internal void Away(Sensors.Standing.AwayReport report) => _ = Write("guard.away", "ok", AuditEntry.None, AuditEntry.Values(
        ("killed", report.Tally.Killed.ToString(CultureInfo.InvariantCulture)), ("denied", report.Tally.Denied.ToString(CultureInfo.InvariantCulture)), ("untold", report.Tally.Untold.ToString(CultureInfo.InvariantCulture))));

    /// <summary>Containers went on while no sensor was there.</summary>
    internal void Unseen(Sensors.Standing.UnseenReport report) => _ = Write("guard.unseen", "ok", AuditEntry.None, AuditEntry.Values(
        ("from", Sensors.Standing.UnseenReport.Moment(report.From)), ("to", Sensors.Standing.UnseenReport.Moment(report.To)), ("stopped", report.WasOrderly ? "true" : "false"), ("containers", report.Names)));

    /// <summary>A call was refused, or failed.</summary>
    internal void Refused(string call, bool isRefusal, string reason) =>
        _ = Write("call.refuse", isRefusal ? "refused" : "failed", AuditEntry.None, AuditEntry.Values(("call", call), ("reason", reason)));

    private static ImmutableSortedDictionary<string, string> Subject(PodState pod, PodContainer? container) =>
        Subject(pod.Id, pod.Name, container?.Id ?? string.Empty, container?.View.Name ?? string.Empty, container?.View.Image ?? string.Empty, container?.View.ImageDigest ?? string.Empty);

    private static ImmutableSortedDictionary<string, string> Subject(string pod, string podName, string container, string containerName, string image, string digest) =>
        AuditEntry.Values(("pod", pod), ("podName", podName), ("container", container), ("containerName", containerName), ("image", image), ("digest", digest));
}
