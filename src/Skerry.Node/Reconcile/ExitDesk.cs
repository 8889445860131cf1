using Skerry.Contracts.Journal.V1;
using Skerry.Contracts.Node.V1;
using Skerry.Linux.Processes;
using Skerry.Node.Isolation.Process;
using Skerry.Node.Pods;

namespace Skerry.Node.Reconcile;

/// <summary>
/// What happens when a container ends: the exit code is read, what it held at the runtime is given back, and it is started again, left,
/// or removed, as its pod wants it.
/// </summary>
internal sealed class ExitDesk(NodeRooms rooms, ContainerStarter starter, PodRemover remover, TierFall falls)
{
    /// <summary>The exit code of a container whose monitor was killed before it could write one.</summary>
    internal const int UnknownExit = 255;

    /// <summary>First wait before a restart; it doubles with each further one …</summary>
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(200);

    /// <summary>… up to this …</summary>
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(60);

    /// <summary>… and begins anew when the container ran this long.</summary>
    private static readonly TimeSpan HealthyAfter = TimeSpan.FromSeconds(10);

    /// <summary>Called by the watch, on any thread.</summary>
    internal void MonitorEnded(PodState pod, PodContainer container, ProcessIdentity monitor) =>
        _ = Guarded(pod, () => Ended(pod, container, monitor));

    /// <summary>
    /// Takes note of an end.
    /// <list type="number">
    /// <item>Reap the monitor and read the exit code and whether memory ran out.</item>
    /// <item>Make sure that no process of the container is left (a monitor can be killed before its container).</item>
    /// <item>Write the end to the journal: what the runtime and the monitor know of it goes with the next step.</item>
    /// <item>Delete it at the runtime, with its cgroup.</item>
    /// <item>Remove the pod, or plan a restart.</item>
    /// </list>
    /// </summary>
    /// <param name="pod">The pod.</param>
    /// <param name="container">The container.</param>
    /// <param name="monitor">Whose end says so: that of an earlier run is none of this one.</param>
    internal async Task Ended(PodState pod, PodContainer container, ProcessIdentity monitor)
    {
        await pod.Gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (pod.IsGone || !container.IsAlive || container.Monitor != monitor)
            {
                return;
            }

            // 1. exit code
            var bundle = rooms.Paths.Bundle(container.Id);
            container.MonitorChild?.Wait(TimeSpan.FromSeconds(1));
            container.MonitorChild?.Dispose();
            container.MonitorChild = null;
            var code = ProcessIsolator.ExitCode(bundle);
            var told = code is { } known && rooms.Tiers.TryFind(pod.Record.Pod.Tier) is { } tier
                ? tier.Ended(bundle, rooms.Paths.Log(container.Id), known)
                : null;
            var outOfMemory = told is { OutOfMemory: true } || File.Exists(Path.Combine(bundle, "x", "oom")) || rooms.Planner.WasOutOfMemory(pod.Id, container.Id, code);

            // 2. nothing is left
            if (code is null)
            {
                container.Process.Signal(9);

                // Until it is gone, others of it may run, and are watched.
                for (var tries = 0; tries < 100 && container.Process.IsAlive(); tries++)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(20), rooms.Clock).ConfigureAwait(false);
                }
            }

            // 3. journal
            var exit = new Exit { Code = told?.Code ?? UnknownExit, OomKilled = outOfMemory, Reason = told?.Reason is null || (outOfMemory && !told.OutOfMemory) ? Sentence(told?.Code, outOfMemory) : told.Reason };
            var ran = container.View.StartedAt is { } started ? rooms.Clock.GetUtcNow() - started.ToDateTimeOffset() : TimeSpan.Zero;
            TierFall.Note(pod, rooms.TierOf(pod).Breakdown(bundle, code), rooms.Clock.GetUtcNow());
            container.View.ExitCode = exit.Code;
            container.View.OomKilled = outOfMemory;
            container.View.Reason = exit.Reason;
            container.View.FinishedAt = rooms.Now();
            container.View.Pid = 0;
            container.View.State = told is { NeverStarted: true } ? Contracts.Node.V1.ContainerState.Failed : Contracts.Node.V1.ContainerState.Exited; // last: who sees it sees the rest
            rooms.Sensor.Unwatch(container.Id);
            rooms.Drift.Unwatch(container.Id);
            try
            {
                _ = rooms.Keep(pod);
                await rooms.Keep(pod, container).ConfigureAwait(false);
            }
            catch (IOException error)
            {
                // Chosen: a disk that cannot take the note keeps nothing down; the next daemon finds the container ended once more.
                rooms.Log.ReconcileFailed(pod.Name, error);
            }

            await After(pod, container, exit, ran).ConfigureAwait(false);
        }
        finally
        {
            pod.Gate.Release();
        }
    }

    private async Task After(PodState pod, PodContainer container, Exit exit, TimeSpan ran)
    {
        try
        {
            // 4. runtime
            await Forget(pod, container).ConfigureAwait(false);
            if (exit.OomKilled)
            {
                Meters.NodeMeters.OutOfMemory.Add(1);
            }

            rooms.Events.Tell(exit.OomKilled ? "container.oom" : "container.exit", pod, container, ("exitCode", exit.Code.ToString(System.Globalization.CultureInfo.InvariantCulture)));

            // 5. what next
            if (pod.Spec.AutoRemove && !container.Record.RestartAsked && pod.Containers.TrueForAll(static c => !c.IsAlive))
            {
                await remover.Clean(pod).ConfigureAwait(false);
            }
            else if (ShouldRestart(pod, container, exit.Code))
            {
                PlanRestart(pod, container, ran);
            }

            await rooms.Rest(pod).ConfigureAwait(false);
        }
        finally
        {
            // Whatever could not be done: who waits for the end is told of it.
            container.End(exit);
        }
    }

    /// <summary>Removes what the runtime still has of a container that ended; what cannot be removed now is removed before its next start.</summary>
    internal async Task Forget(PodState pod, PodContainer container)
    {
        try
        {
            await rooms.IsolatorOf(pod).Delete(container.Id, rooms.Paths.Bundle(container.Id)).ConfigureAwait(false);
            await rooms.RemoveCgroups(pod.Id, container.Id).ConfigureAwait(false);
        }
        catch (IOException error)
        {
            rooms.Log.LeftBehind(container.Id, error.Message);
        }
    }

    /// <summary>Whether the pod wants a container that ended to run again.</summary>
    internal static bool ShouldRestart(PodState pod, PodContainer container, int code) =>
        pod.Record.Desired == PodRecord.Types.Desired.Running
        && !container.Record.StoppedByRequest
        && pod.Record.Pod.Quarantine.Length == 0
        && (container.Record.RestartAsked || pod.Spec.Restart switch
        {
            RestartPolicy.Always => true,
            RestartPolicy.OnFailure => code != 0,
            _ => false,
        });

    /// <summary>Starts a container again when its back-off is over.</summary>
    internal void PlanRestart(PodState pod, PodContainer container, TimeSpan ran)
    {
        var last = TimeSpan.FromMilliseconds(container.Record.LastBackoffMillis);
        var wait = last == TimeSpan.Zero || ran >= HealthyAfter ? FirstBackoff : last * 2;
        wait = wait > LongestBackoff ? LongestBackoff : wait;
        container.Record.LastBackoffMillis = (long)wait.TotalMilliseconds;
        container.View.State = Contracts.Node.V1.ContainerState.Waiting;
        container.View.Reason += $"; starts again in {wait.TotalSeconds:0.#} s";
        _ = rooms.Keep(pod, container);
        container.Restart?.Dispose();
        container.Restart = CancellationTokenSource.CreateLinkedTokenSource(rooms.Stopping);
        _ = Guarded(pod, () => RestartAfter(pod, container, wait, container.Restart.Token));
    }

    private async Task RestartAfter(PodState pod, PodContainer container, TimeSpan wait, CancellationToken cancel)
    {
        try
        {
            await Task.Delay(wait, rooms.Clock, cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        await pod.Gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (pod.IsGone || container.IsAlive || cancel.IsCancellationRequested || !ShouldRestart(pod, container, code: 1))
            {
                if (!pod.IsGone && container.View.State == Contracts.Node.V1.ContainerState.Waiting && pod.Record.Pod.Quarantine.Length > 0)
                {
                    container.View.State = Contracts.Node.V1.ContainerState.Exited;
                    container.View.Reason = "ended; it is started again when the pod is released";
                    _ = rooms.Keep(pod, container);
                }

                return;
            }

            container.View.Restarts++;
            Meters.NodeMeters.Restarts.Add(1);
            try
            {
                await falls.Reconsider(pod).ConfigureAwait(false);
                await starter.Start(pod, container, null).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                // Whatever it was, it may be over at the next try.
                rooms.Log.RestartFailed(pod.Name, container.View.Name, error.Message);
                if (error is not PodException || error is PodException { Failure: PodFailure.Refused })
                {
                    container.View.Reason = error.Message;
                }

                if (ShouldRestart(pod, container, code: 1))
                {
                    PlanRestart(pod, container, TimeSpan.Zero);
                }
            }
        }
        finally
        {
            pod.Gate.Release();
        }
    }

    private static string Sentence(int? code, bool outOfMemory) => (code, outOfMemory) switch
    {
        (_, true) => "killed by the kernel: it used more memory than its limit",
        (null, _) => "ended; its monitor was killed or its bundle removed, so the exit code is not known",
        (0, _) => "ended",
        ( > 128, _) => $"ended by signal {code - 128}",
        _ => $"ended with exit code {code}",
    };

    private async Task Guarded(PodState pod, Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            rooms.Log.ReconcileFailed(pod.Name, error);
        }
    }
}
