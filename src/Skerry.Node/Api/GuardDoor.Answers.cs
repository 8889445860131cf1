using Grpc.Core;
using Skerry.Contracts.Node.V1;
using Skerry.Guard.Rules;
using Skerry.Linux.Bpf;
using Skerry.Node.Network;
using Skerry.Node.Pods;
using Skerry.Node.Sensors;
using Skerry.Node.Sensors.Responses;
using Skerry.Node.Sensors.Standing;
using Capture = Skerry.Contracts.Node.V1.Capture;

namespace Skerry.Node.Api;

/// <summary>What follows on alerts: what is in force, and what people change of it.</summary>
internal sealed partial class GuardDoor
{
    public override async Task<QuarantineResponse> Quarantine(QuarantineRequest request, ServerCallContext context)
    {
        var pod = Pod(request.Pod);
        try
        {
            await quarantine.Begin(pod, request.Reason.Length > 0 ? request.Reason : "by request").ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or NetworkException)
        {
            throw PodException.Failed($"pod {pod.Name} could not be cut off: {error.Message}; nothing is started in it, and what runs in it is not cut off", error);
        }

        return new QuarantineResponse();
    }

    public override async Task<ReleaseResponse> Release(ReleaseRequest request, ServerCallContext context)
    {
        var pod = Pod(request.Pod);
        try
        {
            await quarantine.End(pod).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or NetworkException)
        {
            throw PodException.Failed($"pod {pod.Name} could not be let back: {error.Message}", error);
        }

        return new ReleaseResponse();
    }

    public override Task<ListCapturesResponse> ListCaptures(ListCapturesRequest request, ServerCallContext context)
    {
        var answer = new ListCapturesResponse { Directory = captures.Directory, Quota = (ulong)rooms.Options.Guard.CaptureQuota };
        answer.Captures.AddRange(captures.List().Select(static c => new Capture
        {
            Id = c.Id.ToString(),
            Time = AlertWire.Time(c.Time),
            Rule = c.Rule,
            Pod = c.Pod,
            Container = c.Container,
            Directory = c.Directory,
            Bytes = (ulong)c.Bytes,
        }));
        answer.Bytes = (ulong)answer.Captures.Sum(static c => (long)c.Bytes);
        return Task.FromResult(answer);
    }

    public override Task<RemoveCaptureResponse> RemoveCapture(RemoveCaptureRequest request, ServerCallContext context)
    {
        if (!Guid.TryParse(request.Id, out var id) || !captures.Remove(id))
        {
            throw PodException.NotFound($"there is no capture '{request.Id}'", "'skerry guard captures' lists them");
        }

        rooms.Events.Tell("guard.capture.remove", ("alert", id.ToString()));
        return Task.FromResult(new RemoveCaptureResponse());
    }

    public override async Task<StartMaintenanceResponse> StartMaintenance(StartMaintenanceRequest request, ServerCallContext context) =>
        new() { Maintenance = Of(await maintenance.Begin(Pod(request.Pod), TimeSpan.FromSeconds(request.Seconds), request.Reason).ConfigureAwait(false)) };

    public override Task<ListMaintenanceResponse> ListMaintenance(ListMaintenanceRequest request, ServerCallContext context)
    {
        var answer = new ListMaintenanceResponse();
        answer.All.AddRange(maintenance.Open.Select(Of));
        return Task.FromResult(answer);
    }

    public override async Task<StopMaintenanceResponse> StopMaintenance(StopMaintenanceRequest request, ServerCallContext context)
    {
        await maintenance.End(Pod(request.Pod)).ConfigureAwait(false);
        return new StopMaintenanceResponse();
    }

    /// <summary>The pod of that name, or the one of the container that is called so.</summary>
    private PodState Pod(string asked)
    {
        try
        {
            return rooms.Index.FindPod(asked);
        }
        catch (PodException error) when (error.Failure == PodFailure.NotFound)
        {
            return rooms.Index.FindContainer(asked).Pod;
        }
    }

    private static Maintenance Of(MaintenanceWindow window) => new()
    {
        Pod = window.Pod,
        PodId = window.PodId,
        Reason = window.Reason,
        Who = window.Who,
        SecondsLeft = (uint)Math.Ceiling(window.Left.TotalSeconds),
    };

    private static GuardStanding Standing(Sensor sensor)
    {
        var (warden, tally) = (sensor.Warden, sensor.Warden.Tally);
        var standing = new GuardStanding
        {
            Running = warden.IsRunning && !sensor.Plan.Orders.IsEmpty,
            Reason = warden.Reason ?? (sensor.Plan.Orders.IsEmpty ? "nothing asks for it" : warden.IsRunning ? string.Empty : "no container needed it yet"),
            Killed = tally.Killed,
            Denied = tally.Denied,
            DeniesNetworks = warden.DeniesNetworks && sensor.Plan.Orders.Acts.Any(static a => a.Flag == BoundFlags.DeniesNetworks),
        };
        var starts = sensor.Plan.Orders.Acts.Select(static a => a.Flag).Distinct().Where(static f => f is BoundFlags.KillsDrift or BoundFlags.KillsNameless).ToLookup(warden.Refuses, static f => f == BoundFlags.KillsDrift ? "drift" : "nameless");
        standing.Kills.AddRange(starts[false]);
        standing.Refuses.AddRange(starts[true]);
        standing.Refuses.AddRange(sensor.Plan.Denials.Where(d => d.Means > KernelMeans.Nameless && warden.Refuses(StandingOrders.FlagsOf(d.Means))).Select(static d => d.Rule));
        standing.LsmReason = warden.WhyNoRefusals ?? string.Empty;
        return standing;
    }

    /// <summary>The highest rung that holds, and why no higher does: where the programs could not be loaded, or there is no group to attach to, the next it is.</summary>
    private static (string Rung, string Reason) RungOf(DenyRung rung, Warden warden) => rung.Means switch
    {
        KernelMeans.None => ("kill", rung.Reason ?? string.Empty),
        _ when warden.Reason is { } reason => ("kill", reason),
        KernelMeans.Networks => !warden.IsRunning || warden.DeniesNetworks ? ("kernel-network", string.Empty) : ("kill", "this machine has no v2 control groups"),
        KernelMeans.Drift or KernelMeans.Nameless => warden.Refuses(StandingOrders.FlagsOf(rung.Means)) ? ("lsm-start", string.Empty) : ("kernel-start", warden.WhyNoRefusals ?? string.Empty),
        _ => warden.Refuses(StandingOrders.FlagsOf(rung.Means)) ? ("lsm-call", string.Empty) : ("kill", warden.WhyNoRefusals ?? string.Empty),
    };

    private static GuardAnswer Answer(Sensor sensor, string rule, string answer)
    {
        var wire = new GuardAnswer { Rule = rule, Answer = answer };
        if (sensor.Plan.Denials.FirstOrDefault(d => d.Rule == rule) is { } rung)
        {
            (wire.Rung, wire.Reason) = RungOf(rung, sensor.Warden);
        }

        return wire;
    }
}
