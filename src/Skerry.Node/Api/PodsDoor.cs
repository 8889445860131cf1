using Grpc.Core;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Pods;
using Skerry.Node.Reconcile;
using PodsWire = Skerry.Contracts.Node.V1.Pods;

namespace Skerry.Node.Api;

/// <summary>The door for pods and containers: unary calls. Streams and readings are in the other files of this class.</summary>
internal sealed partial class PodsDoor(NodeRooms rooms, PodStarter starter, PodStopper stopper, PodRemover remover, IHostApplicationLifetime lifetime)
    : PodsWire.PodsBase
{
    public override Task<ListPodsResponse> List(ListPodsRequest request, ServerCallContext context)
    {
        var answer = new ListPodsResponse();
        foreach (var pod in rooms.Index.All.OrderByDescending(static p => p.Record.Pod.CreatedAt))
        {
            if ((request.All || pod.Containers.Exists(static c => c.IsAlive || c.View.State == ContainerState.Waiting)) && Matches(pod, request.Labels))
            {
                answer.Pods.Add(pod.View());
            }
        }

        return Task.FromResult(answer);
    }

    public override async Task<InspectPodResponse> Inspect(InspectPodRequest request, ServerCallContext context)
    {
        Need(request.Container);
        PodState pod;
        PodContainer? named = null;
        try
        {
            (pod, named) = rooms.Index.FindContainer(request.Container);
        }
        catch (PodException error) when (error.Failure == PodFailure.Invalid)
        {
            pod = rooms.Index.FindPod(request.Container);
        }

        var answer = new InspectPodResponse { Pod = pod.View(), ContainerId = named?.Id ?? string.Empty };
        var config = Path.Combine(rooms.Paths.Bundle(named?.Id ?? pod.Containers[0].Id), "config.json");
        if (File.Exists(config))
        {
            answer.OciSpecJson = await File.ReadAllTextAsync(config, context.CancellationToken).ConfigureAwait(false);
        }

        return answer;
    }

    public override async Task<StartResponse> Start(StartRequest request, ServerCallContext context)
    {
        var (pod, container) = Find(request.Container);
        await starter.StartAgain(pod, container).ConfigureAwait(false);
        await Begun(pod, [container], context.CancellationToken).ConfigureAwait(false);
        return new StartResponse();
    }

    public override async Task<StopResponse> Stop(StopRequest request, ServerCallContext context)
    {
        var (pod, container) = Find(request.Container);
        var code = await stopper.Stop(pod, container, request.HasTimeoutSeconds ? request.TimeoutSeconds : null).ConfigureAwait(false);
        return new StopResponse { ExitCode = code };
    }

    public override async Task<KillResponse> Kill(KillRequest request, ServerCallContext context)
    {
        var (pod, container) = Find(request.Container);
        await stopper.Kill(pod, container, request.Signal).ConfigureAwait(false);
        return new KillResponse();
    }

    public override async Task<RemovePodResponse> Remove(RemovePodRequest request, ServerCallContext context)
    {
        Need(request.Container);
        PodState pod;
        try
        {
            pod = rooms.Index.FindPod(request.Container);
        }
        catch (PodException error) when (error.Failure == PodFailure.NotFound)
        {
            pod = rooms.Index.FindContainer(request.Container).Pod;
        }

        await remover.Remove(pod, request.Force).ConfigureAwait(false);
        return new RemovePodResponse { PodId = pod.Id };
    }

    public override async Task<PauseResponse> Pause(PauseRequest request, ServerCallContext context)
    {
        var (pod, container) = Find(request.Container);
        await stopper.Freeze(pod, container, frozen: true).ConfigureAwait(false);
        return new PauseResponse();
    }

    public override async Task<ResumeResponse> Resume(ResumeRequest request, ServerCallContext context)
    {
        var (pod, container) = Find(request.Container);
        await stopper.Freeze(pod, container, frozen: false).ConfigureAwait(false);
        return new ResumeResponse();
    }

    public override async Task<WaitResponse> Wait(WaitRequest request, ServerCallContext context)
    {
        var (_, container) = Find(request.Container);
        var exit = container.IsAlive
            ? await container.Ended.WaitAsync(context.CancellationToken).ConfigureAwait(false)
            : new Exit { Code = container.View.ExitCode, OomKilled = container.View.OomKilled, Reason = container.View.Reason };
        return new WaitResponse { Exit = exit };
    }

    private static bool Matches(PodState pod, Google.Protobuf.Collections.MapField<string, string> labels)
    {
        foreach (var (key, value) in labels)
        {
            if (!(pod.Spec.Labels.TryGetValue(key, out var has) && (value.Length == 0 || has == value)))
            {
                return false;
            }
        }

        return true;
    }

    private static void Need(string name)
    {
        if (name.Length == 0)
        {
            throw PodException.Invalid("container: name one");
        }
    }

    private (PodState Pod, PodContainer Container) Find(string name)
    {
        Need(name);
        return rooms.Index.FindContainer(name);
    }
}
