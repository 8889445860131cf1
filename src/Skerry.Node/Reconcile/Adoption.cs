using System.Collections.Concurrent;
using Skerry.Contracts.Journal.V1;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Images;
using Skerry.Node.Isolation.Process;
using Skerry.Node.Pods;
using Skerry.Node.Sensors.Drift;
using Skerry.Node.Sensors.Standing;
using State = Skerry.Contracts.Node.V1.ContainerState;

namespace Skerry.Node.Reconcile;

/// <summary>
/// Takes over what an earlier daemon left: running containers go on under this one, what ended meanwhile is noticed, interrupted
/// removals are carried on, and after a reboot what should run is started again, without any network.
/// </summary>
internal sealed class Adoption(NodeRooms rooms, ContainerStarter starter, ExitDesk exits, PodRemover remover)
{
    private const int Kill = 9; // SIGKILL

    /// <summary>Containers that went on while no daemon was there to see them.</summary>
    internal ConcurrentBag<UnseenContainer> Unseen { get; } = [];

    /// <summary>Reads the journal into the index; nothing is started or stopped yet.</summary>
    internal void Load()
    {
        var (pods, containers) = rooms.Journal.Load();
        var byPod = containers.ToLookup(static c => c.Container.PodId, StringComparer.Ordinal);
        foreach (var record in pods)
        {
            var pod = new PodState(record);

            // In the order of the spec, which is the order of starting.
            var order = record.Pod.Spec.Containers.Select(static c => c.Name).ToList();
            pod.Containers.AddRange(byPod[pod.Id].OrderBy(c => order.IndexOf(c.Container.Name)).Select(static c => new PodContainer(c)));
            if (!rooms.Index.TryAdd(pod))
            {
                throw new Journal.JournalException($"journal: two pods are called '{pod.Name}'", null);
            }

            if (record.IdSlot >= 0)
            {
                rooms.Ranges.Reserve(record.IdSlot);
            }

            if (record.Machine is { Parked.Length: > 0 } machine)
            {
                rooms.Ranges.Reserve(machine.ParkedSlot);
            }
        }
    }

    /// <summary>Adopts every pod. Pods are independent of each other: one that fails is logged and the rest go on.</summary>
    internal async Task Run()
    {
        var rebooted = rooms.Index.All.Any(pod => pod.Record.BootId != rooms.BootId);
        if (rebooted)
        {
            rooms.Log.Rebooted();
        }

        var (running, ended) = (0, 0);
        await Parallel.ForEachAsync(
            rooms.Index.All,
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (pod, _) =>
            {
                try
                {
                    var (on, off) = await Adopt(pod).ConfigureAwait(false);
                    Interlocked.Add(ref running, on);
                    Interlocked.Add(ref ended, off);
                }
                catch (Exception error)
                {
                    rooms.Log.ReconcileFailed(pod.Name, error);
                }
            }).ConfigureAwait(false);
        rooms.Log.Adopted(rooms.Index.All.Count, running, ended);
    }

    private void Note(UnseenContainer? container)
    {
        if (container is not null)
        {
            Unseen.Add(container);
        }
    }

    /// <summary>Programs of a container whose image cannot be read any more are not looked at; it is adopted all the same, and so is the rest of its pod.</summary>
    private async Task Gate(PodState pod, PodContainer container)
    {
        try
        {
            await rooms.GateDrift(pod, container, isNew: false).ConfigureAwait(false);
        }
        catch (ImageException error)
        {
            rooms.Log.DriftNotRefused(container.Id, error.Message, rooms.Sensor.IsHeld(container.Id) ? "the kernel kills them instead" : "nothing does");
        }
    }

    private async Task<(int Running, int Ended)> Adopt(PodState pod)
    {
        var (running, ended) = (0, 0);
        if (pod.Record.Desired == PodRecord.Types.Desired.Removed)
        {
            await remover.Remove(pod, force: true).ConfigureAwait(false);
            return (0, 0);
        }

        var rebooted = pod.Record.BootId != rooms.BootId;
        if (!rebooted)
        {
            rooms.Networking.Adopt(pod);
        }
        else
        {
            await AfterReboot(pod).ConfigureAwait(false);
        }

        foreach (var container in pod.Containers)
        {
            if (container.View.State == State.Created && !rebooted && rooms.IsolatorOf(pod).WasStarted(container.Id))
            {
                // The daemon ended between its start and the note of it.
                container.View.State = State.Running;
                container.View.StartedAt ??= rooms.Now();
                container.Record.RestartAsked = false;
                await rooms.Keep(pod, container).ConfigureAwait(false);
            }

            switch (container.View.State)
            {
                case State.Running or State.Paused or State.Created when rebooted:
                    ended++;
                    await EndedByReboot(pod, container).ConfigureAwait(false);
                    break;
                case State.Running or State.Paused when container.Process.IsAlive() || container.Monitor.IsAlive():
                    // A monitor outlives its container until it has written the exit code.
                    running++;
                    starter.Watch(pod, container);
                    await rooms.Introduce(pod, container).ConfigureAwait(false);
                    Note(rooms.Unseen(pod, container, hasEnded: false));
                    await Gate(pod, container).ConfigureAwait(false);
                    if (container.Record.RestartAsked)
                    {
                        // The daemon ended before it ended the container.
                        await rooms.Signal(pod, container, Kill).ConfigureAwait(false);
                    }

                    break;
                case State.Running or State.Paused:
                    ended++;
                    Note(rooms.Unseen(pod, container, hasEnded: true));
                    await exits.Ended(pod, container, container.Monitor).ConfigureAwait(false);
                    break;
                case State.Created:
                    ended++;
                    await Interrupted(pod, container).ConfigureAwait(false);
                    break;
                case State.Waiting or State.Failed or State.Exited when ExitDesk.ShouldRestart(pod, container, container.View.ExitCode):
                    await exits.Forget(pod, container).ConfigureAwait(false);
                    exits.PlanRestart(pod, container, TimeSpan.Zero);
                    break;
                case State.Exited or State.Failed when pod.Spec.AutoRemove && pod.Containers.TrueForAll(static c => !c.IsAlive):
                    await remover.Remove(pod, force: true).ConfigureAwait(false);
                    break;
                default:
                    await exits.Forget(pod, container).ConfigureAwait(false);
                    container.End(new Exit { Code = container.View.ExitCode, OomKilled = container.View.OomKilled, Reason = container.View.Reason });
                    break;
            }

            if (pod.IsGone)
            {
                break;
            }
        }

        return (running, ended);
    }

    /// <summary>The daemon ended while the container was being made: what there is of it goes, and its pod decides what follows.</summary>
    private async Task Interrupted(PodState pod, PodContainer container)
    {
        container.Process.Signal(9);
        if (pod.Spec.AutoRemove)
        {
            await remover.Remove(pod, force: true).ConfigureAwait(false);
            return;
        }

        await rooms.IsolatorOf(pod).Delete(container.Id, rooms.Paths.Bundle(container.Id)).ConfigureAwait(false);
        container.View.State = State.Failed;
        container.View.Pid = 0;
        container.View.ExitCode = ExitDesk.UnknownExit;
        container.View.Reason = "the node was interrupted while it was being started";
        container.View.FinishedAt = rooms.Now();
        await rooms.Keep(pod, container).ConfigureAwait(false);
        if (ExitDesk.ShouldRestart(pod, container, ExitDesk.UnknownExit))
        {
            exits.PlanRestart(pod, container, TimeSpan.Zero);
        }
    }

    /// <summary>The machine took it down: it is started again, removed or shown as ended, as its pod wants it.</summary>
    private async Task EndedByReboot(PodState pod, PodContainer container)
    {
        if (pod.Spec.AutoRemove)
        {
            await remover.Remove(pod, force: true).ConfigureAwait(false);
            return;
        }

        await exits.Forget(pod, container).ConfigureAwait(false);
        container.View.State = State.Exited;
        container.View.ExitCode = ExitDesk.UnknownExit;
        container.View.Reason = "ended with a restart of the machine";
        container.View.FinishedAt = rooms.Now();
        await rooms.Keep(pod, container).ConfigureAwait(false);
        container.End(new Exit { Code = ExitDesk.UnknownExit, Reason = container.View.Reason });
        if (ExitDesk.ShouldRestart(pod, container, ExitDesk.UnknownExit))
        {
            exits.PlanRestart(pod, container, TimeSpan.Zero);
        }
    }

    /// <summary>Processes, mounts and namespaces went with the reboot; the next start in the pod makes new ones.</summary>
    private async Task AfterReboot(PodState pod)
    {
        foreach (var container in pod.Containers)
        {
            // The run directory may be on a disk: what lies there is of another boot.
            container.View.Pid = 0;
            container.Record.PidStart = 0;
            container.Record.MonitorPid = 0;
        }

        if (pod.Record.Machine is { Parked.Length: > 0 } machine)
        {
            rooms.Ranges.Return(machine.ParkedSlot);
        }

        pod.Record.Machine = null;
        pod.Record.Volumes = null;
        if (pod.Spec.AutoRemove)
        {
            return;
        }

        // Its start joins the network, and is tried again where that fails: an address or an interface may come later than this daemon.
        pod.Record.Pod.Addresses.Clear();
        pod.Record.BootId = rooms.BootId;
        await rooms.Keep(pod).ConfigureAwait(false);
    }
}
