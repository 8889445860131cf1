using Skerry.Contracts.Journal.V1;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Pods;

namespace Skerry.Node.Reconcile;

/// <summary>Stops, kills, pauses and resumes containers on request.</summary>
internal sealed class PodStopper(NodeRooms rooms)
{
    private const int SigKill = 9;
    private const uint DefaultTimeoutSeconds = 10;

    /// <summary>
    /// Stops a container: its stop signal, then SIGKILL when the time is over. It stays stopped, also after a reboot.
    /// </summary>
    /// <returns>The exit code.</returns>
    internal async Task<int> Stop(PodState pod, PodContainer container, uint? timeoutSeconds)
    {
        var wanted = pod.Spec.Containers.First(c => c.Name == container.View.Name);
        Task<Exit> ended;
        await pod.Gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (pod.IsGone)
            {
                throw PodException.NotFound($"pod {pod.Name} has been removed");
            }

            container.Record.StoppedByRequest = true;
            container.Restart?.Cancel();
            if (container.View.State == Contracts.Node.V1.ContainerState.Waiting)
            {
                // Nothing ends that would tell of it.
                container.View.State = Contracts.Node.V1.ContainerState.Exited;
                rooms.Events.Tell("container.stop", pod, container);
            }

            if (pod.Containers.TrueForAll(static c => c.Record.StoppedByRequest))
            {
                pod.Record.Desired = PodRecord.Types.Desired.Stopped;
                _ = rooms.Keep(pod);
            }

            await rooms.Keep(pod, container, durable: true).ConfigureAwait(false);
            if (!container.IsAlive)
            {
                return container.View.ExitCode;
            }

            ended = container.Ended;
            if (container.View.State == Contracts.Node.V1.ContainerState.Paused)
            {
                await rooms.TierOf(pod).Freeze(rooms.Tell(pod), container.Id, frozen: false).ConfigureAwait(false);
                container.View.State = Contracts.Node.V1.ContainerState.Running;
            }

            await rooms.Signal(pod, container, StopSignalOf(pod, container, wanted)).ConfigureAwait(false);
        }
        finally
        {
            pod.Gate.Release();
        }

        var timeout = TimeSpan.FromSeconds(timeoutSeconds ?? (wanted.StopTimeoutSeconds > 0 ? wanted.StopTimeoutSeconds : DefaultTimeoutSeconds));
        try
        {
            return (await ended.WaitAsync(timeout, rooms.Clock).ConfigureAwait(false)).Code;
        }
        catch (TimeoutException)
        {
            await rooms.Signal(pod, container, SigKill).ConfigureAwait(false);
            await Thaw(pod, container).ConfigureAwait(false);
            return (await ended.ConfigureAwait(false)).Code;
        }
    }

    private int StopSignalOf(PodState pod, PodContainer container, ContainerSpec wanted)
    {
        var (signal, unknown) = StopSignal.Of(wanted.StopSignal, rooms.Images.Of(container.Record).StopSignal);
        if (unknown is not null)
        {
            rooms.Log.StopSignalUnknown(pod.Name, container.View.Name, unknown);
        }

        return signal;
    }

    /// <summary>Sends a signal to a container's program.</summary>
    internal async Task Kill(PodState pod, PodContainer container, string signal)
    {
        var number = SignalNames.Parse(signal.Length == 0 ? "SIGKILL" : signal);
        if (!container.IsAlive || !await rooms.Signal(pod, container, number).ConfigureAwait(false))
        {
            throw PodException.State($"container {container.View.Name} is not running");
        }

        if (number == SigKill && container.View.State == Contracts.Node.V1.ContainerState.Paused)
        {
            await Thaw(pod, container).ConfigureAwait(false);
        }
    }

    private async Task Thaw(PodState pod, PodContainer container)
    {
        await pod.Gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            await ThawKilled(pod, container).ConfigureAwait(false);
        }
        finally
        {
            pod.Gate.Release();
        }
    }

    /// <summary>Lets what was killed end: the freezer of cgroup v1 keeps the signal from it. Nothing of its program runs any more. The caller holds the gate.</summary>
    internal async Task ThawKilled(PodState pod, PodContainer container)
    {
        try
        {
            if (container.View.State == Contracts.Node.V1.ContainerState.Paused && container.IsAlive)
            {
                await rooms.TierOf(pod).Freeze(rooms.Tell(pod), container.Id, frozen: false).ConfigureAwait(false);
            }
        }
        catch (IOException) when (!container.IsRunning || pod.Record.Pod.Tier is "microvm" or "sandbox")
        {
            // It has ended by itself: only a freezer of this kernel keeps signals back.
        }
    }

    /// <summary>Freezes or thaws a container.</summary>
    internal async Task Freeze(PodState pod, PodContainer container, bool frozen)
    {
        await pod.Gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            var (from, to) = frozen
                ? (Contracts.Node.V1.ContainerState.Running, Contracts.Node.V1.ContainerState.Paused)
                : (Contracts.Node.V1.ContainerState.Paused, Contracts.Node.V1.ContainerState.Running);
            if (container.View.State != from)
            {
                throw PodException.State($"container {container.View.Name} is {container.View.State.ToString().ToLowerInvariant()}, not {from.ToString().ToLowerInvariant()}");
            }

            try
            {
                await rooms.TierOf(pod).Freeze(rooms.Tell(pod), container.Id, frozen).ConfigureAwait(false);
            }
            catch (IOException) when (!container.IsRunning)
            {
                throw PodException.State($"container {container.View.Name} has just ended");
            }

            container.View.State = to;
            await rooms.Keep(pod, container).ConfigureAwait(false);
            rooms.Events.Tell(frozen ? "container.pause" : "container.resume", pod, container);
        }
        finally
        {
            pod.Gate.Release();
        }
    }
}
