using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Skerry.Contracts.Node.V1;
using Skerry.Linux.Bpf;
using Skerry.Node.Pods;
using Skerry.Node.Reconcile;
using Skerry.Node.Sensors;
using Skerry.Node.Sensors.Alerts;
using Skerry.Node.Sensors.Captures;
using Skerry.Node.Sensors.Falco;
using Skerry.Node.Sensors.Rules;
using Alert = Skerry.Contracts.Node.V1.Alert;
using GuardWire = Skerry.Contracts.Node.V1.Guard;

namespace Skerry.Node.Api;

/// <summary>The door for the guard: alerts, events as they happen, how the sensor does.</summary>
internal sealed partial class GuardDoor(NodeRooms rooms, PodQuarantine quarantine, GuardMaintenance maintenance, CaptureDesk captures, FalcoDesk falco) : GuardWire.GuardBase
{
    private static readonly string[] Priorities = ["Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational", "Debug"];

    public override async Task Alerts(AlertsRequest request, IServerStreamWriter<Alert> responseStream, ServerCallContext context)
    {
        var desk = rooms.Sensor.Alerts;
        var (least, containerIds) = (PriorityOf(request.Priority), Containers(request.Container));

        // Listens first and reads then: nothing falls between; what comes twice is known by its id.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, rooms.Stopping);
        var coming = request.Follow ? desk.Listen(end.Token) : null;
        HashSet<string> told = new(StringComparer.Ordinal);
        var kept = request.Tail < 0 ? [] : AlertFile.Lines(desk.Path).Select(AlertWire.Read).OfType<Alert>().Where(Fits);
        foreach (var alert in request.Tail > 0 ? kept.TakeLast(request.Tail) : kept)
        {
            told.Add(alert.Id);
            await responseStream.WriteAsync(alert, context.CancellationToken).ConfigureAwait(false);
        }

        if (coming is null)
        {
            await end.CancelAsync().ConfigureAwait(false);
            return;
        }

        await foreach (var alert in coming.ReadAllAsync(end.Token).ConfigureAwait(false))
        {
            var wire = AlertWire.Of(alert);
            if (Fits(wire) && !told.Contains(wire.Id))
            {
                await responseStream.WriteAsync(wire, context.CancellationToken).ConfigureAwait(false);
            }
        }

        bool Fits(Alert alert) =>
            (request.Rule.Length == 0 || alert.Rule == request.Rule)
            && (containerIds is null || containerIds.Contains(alert.ContainerId))
            && (request.Since is null || alert.Time >= request.Since)
            && Array.IndexOf(Priorities, alert.Priority) <= least;
    }

    public override async Task Events(GuardEventsRequest request, IServerStreamWriter<GuardEvent> responseStream, ServerCallContext context)
    {
        if (rooms.Sensor.Reason is { } reason)
        {
            throw PodException.State($"the sensor does not run: {reason}", "skerry doctor");
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, rooms.Stopping);
        var id = request.Container.Length == 0 ? string.Empty : rooms.Index.FindContainer(request.Container).Container.Id;
        using var tap = new EventTap(rooms.Sensor.Judge, id);
        await foreach (var seen in tap.Reader.ReadAllAsync(end.Token).ConfigureAwait(false))
        {
            await responseStream.WriteAsync(
                new GuardEvent
                {
                    Time = AlertWire.Time(seen.Time),
                    Type = seen.Type,
                    Container = seen.Container,
                    Process = seen.Process,
                    Pid = seen.Pid,
                    Arguments = seen.Arguments,
                    Skipped = (ulong)tap.TakeSkipped(),
                },
                context.CancellationToken).ConfigureAwait(false);
        }
    }

    public override Task<GuardStatusResponse> Status(GuardStatusRequest request, ServerCallContext context)
    {
        var sensor = rooms.Sensor;
        var answer = new GuardStatusResponse
        {
            State = sensor.Reason is not null ? GuardStatusResponse.Types.State.Blind
                : sensor.IsRunning ? GuardStatusResponse.Types.State.Running : GuardStatusResponse.Types.State.Idle,
            Reason = sensor.Reason ?? string.Empty,
            Rules = (uint)sensor.Rules.Set.Rules.Count,
            Containers = sensor.IsRunning ? (uint)sensor.Watched.Count : 0,
            RealTime = sensor.IsRealTime,
            UringReason = sensor.UringReason ?? string.Empty,
            Unreadable = (ulong)sensor.Unreadable,
            Alerts = (ulong)sensor.Alerts.Written,
            AlertsDropped = (ulong)sensor.Alerts.Dropped,
            AlertsSuppressed = (ulong)sensor.Judge.Limit.LeftOut,
            HttpDropped = (ulong)(sensor.Alerts.Post?.Dropped ?? 0),
            HttpFailure = sensor.Alerts.Post?.Failure ?? string.Empty,
            Processes = (uint)sensor.ProcessCount,
            DriftContainers = (uint)rooms.Drift.Count,
            DriftAsked = (ulong)rooms.Drift.Asked,
            DriftFound = (ulong)rooms.Drift.Found,
            DriftReason = DriftWatch.WhyNoRefusal ?? string.Empty,
            Sandboxes = (uint)sensor.SandboxCount,
            SandboxTold = (ulong)sensor.SandboxesTold,
            SandboxLost = (ulong)sensor.SandboxesLost,
            SandboxUnreadable = (ulong)sensor.SandboxesUnreadable,
            SandboxUnfollowed = (ulong)sensor.SandboxesUnfollowed,
            Standing = Standing(sensor),
            Falco = falco.IsOpen,
            FalcoTaken = (ulong)falco.Taken,
            FalcoRefused = (ulong)falco.Refused,
        };
        if (sensor.Canary is { } canary)
        {
            answer.Canary = new GuardCanary { Count = (ulong)canary.Count, Late = (ulong)canary.Late, LastNs = canary.Last, LongestNs = canary.Longest };
        }

        if (sensor.Unseen is { } away)
        {
            answer.Away = new GuardAway { FromNs = away.From, ToNs = away.To, Stopped = away.WasOrderly, Containers = (uint)away.Containers.Count, Names = away.Names };
        }

        answer.Answers.AddRange(sensor.Plan.All.Select(each => Answer(sensor, each.Rule.Name, each.Answer)));
        answer.RuleFiles.AddRange(sensor.Rules.Files);
        answer.Counters.AddRange(sensor.Counters().Index().Where(static c => c.Item.Seen > 0).Select(static c => Counter(c.Index, c.Item)));
        return Task.FromResult(answer);
    }

    public override async Task<ReloadRulesResponse> ReloadRules(ReloadRulesRequest request, ServerCallContext context)
    {
        try
        {
            var loaded = await Task.Run(rooms.Sensor.Reload, context.CancellationToken).ConfigureAwait(false);
            var answer = new ReloadRulesResponse { Rules = (uint)loaded.Set.Rules.Count };
            answer.Files.AddRange(loaded.Files);
            answer.Warnings.AddRange(loaded.Warnings);
            return answer;
        }
        catch (RuleBookException error)
        {
            throw PodException.Invalid(error.Message, "mend the file; the rules that were loaded before stay");
        }
    }

    /// <summary>Identifiers of the containers that somebody names; null for all. One that is gone is found by its whole identifier.</summary>
    private HashSet<string>? Containers(string asked)
    {
        if (asked.Length == 0)
        {
            return null;
        }

        try
        {
            return [.. rooms.Index.FindPod(asked).Containers.Select(static c => c.Id)];
        }
        catch (PodException error) when (error.Failure == PodFailure.NotFound)
        {
            const int WholeId = 64;
            return asked.Length == WholeId ? [asked] : [rooms.Index.FindContainer(asked).Container.Id];
        }
    }

    private static int PriorityOf(string text)
    {
        if (text.Length == 0)
        {
            return Priorities.Length;
        }

        var at = Array.FindIndex(Priorities, p => p.Equals(text, StringComparison.OrdinalIgnoreCase));
        return at >= 0 ? at : throw PodException.Invalid($"'{text}' is no priority", $"one of {string.Join(", ", Priorities).ToLowerInvariant()}");
    }

    private static GuardCounter Counter(int kind, SensorCounter of) =>
        new() { Kind = Sensor.NameOf(kind), Seen = of.Seen, Sent = of.Sent, Lost = of.Lost, Limited = of.Limited };
}
