using Skerry.Contracts.Node.V1;
using Skerry.Linux;
using Skerry.Node.Isolation;
using Skerry.Node.Network;
using Skerry.Node.Pods;

namespace Skerry.Node.Reconcile;

/// <summary>Cuts pods off from every network, with all that is in them kept, and lets them back.</summary>
internal sealed class PodQuarantine(NodeRooms rooms, PodStopper stopper, ExitDesk exits)
{
    /// <summary>Cuts a pod off.
    /// <list type="number">
    /// <item>Write down that it is: from here on nothing is started in it, and the next daemon cuts it off again.</item>
    /// <item>Cut: its interfaces, or every packet of its control group where it is on the node's own network.</item>
    /// <item>Freeze its containers where that is configured.</item>
    /// </list></summary>
    /// <exception cref="IsolationException">It could not be cut; it stays written down and frozen, and the next order tries again.</exception>
    internal async Task Begin(PodState pod, string reason)
    {
        IsolationException? failure = null;
        await pod.Gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (pod.IsGone || pod.IsCut)
            {
                return;
            }

            // 1. write
            Show(pod, pod.Record.Pod.Quarantine.Length > 0 ? pod.Record.Pod.Quarantine : reason);
            await rooms.Keep(pod, durable: true).ConfigureAwait(false);

            // 2. cut
            try
            {
                await Cut(pod).ConfigureAwait(false);
                rooms.Events.Tell("pod.quarantine", pod, null, ("reason", reason));
            }
            catch (Exception error)
            {
                failure = new IsolationException($"pod {pod.Name} is to be cut off, and is not: {error.Message}; stop it, or ask again", error);
            }
        }
        finally
        {
            pod.Gate.Release();
        }

        // 3. freeze
        foreach (var container in rooms.Options.Guard.QuarantineFreezes ? pod.Containers.Where(static c => c.View.State == ContainerState.Running).ToList() : [])
        {
            try
            {
                await stopper.Freeze(pod, container, frozen: true).ConfigureAwait(false);
            }
            catch (PodException) when (!container.IsRunning)
            {
                // It ended meanwhile.
            }
        }

        if (failure is not null)
        {
            throw failure;
        }
    }

    /// <summary>Lets a pod back: its interfaces, what was to be started again meanwhile, then its processes.</summary>
    /// <exception cref="PodException">It is not cut off.</exception>
    internal async Task End(PodState pod)
    {
        await pod.Gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (pod.IsGone)
            {
                throw PodException.NotFound($"pod {pod.Name} has been removed");
            }

            if (pod.Record.Pod.Quarantine.Length == 0)
            {
                throw PodException.State($"pod {pod.Name} is not cut off");
            }

            await Task.Run(() => Join(pod)).ConfigureAwait(false);
            Show(pod, string.Empty);
            pod.IsCut = false;
            await rooms.Keep(pod, durable: true).ConfigureAwait(false);
            rooms.Events.Tell("pod.release", pod, null);
            foreach (var container in pod.Containers.Where(c => !c.IsAlive && ExitDesk.ShouldRestart(pod, c, c.View.ExitCode)))
            {
                container.Restart?.Cancel();
                exits.PlanRestart(pod, container, TimeSpan.Zero);
            }
        }
        finally
        {
            pod.Gate.Release();
        }

        foreach (var container in pod.Containers.Where(static c => c.View.State == ContainerState.Paused).ToList())
        {
            await stopper.Freeze(pod, container, frozen: false).ConfigureAwait(false);
        }
    }

    /// <summary>Cuts off what an earlier daemon did, or was about to.</summary>
    internal async Task Adopt()
    {
        foreach (var pod in rooms.Index.All.Where(static p => p.Record.Pod.Quarantine.Length > 0 && p.Containers.Exists(static c => c.IsAlive)))
        {
            try
            {
                await Cut(pod).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                // The node comes up all the same; nothing that it starts is in this pod.
                rooms.Log.ReconcileFailed(pod.Name, error);
                rooms.Sensor.Tell("Response failed", $"pod {pod.Name} is to be cut off, and is not: {error.Message}");
            }
        }
    }

    private static void Show(PodState pod, string reason)
    {
        pod.Record.Pod.Quarantine = reason;
        foreach (var container in pod.Containers)
        {
            container.View.Quarantined = reason.Length > 0;
        }
    }

    private Task Cut(PodState pod) => Task.Run(() =>
    {
        if (pod.Spec.Network == PodNetwork.Host)
        {
            rooms.Sensor.Warden.Cut(pod.Id);
        }
        else if (pod.Namespaces?.Network is { } space)
        {
            PodCut.Cut(space, rooms.Networking.NodeEnd(pod));
        }

        pod.IsCut = true;
    });

    private void Join(PodState pod)
    {
        if (pod.Spec.Network == PodNetwork.Host)
        {
            rooms.Sensor.Warden.Join(pod.Id);
        }
        else if (pod.Namespaces?.Network is { } space)
        {
            PodCut.Join(space, rooms.Networking.NodeEnd(pod), pod.Record.Pod.Addresses);
        }
    }
}
