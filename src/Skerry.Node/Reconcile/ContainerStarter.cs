using Skerry.Contracts.Node.V1;
using Skerry.Linux;
using Skerry.Linux.Processes;
using Skerry.Node.Isolation;
using Skerry.Node.Isolation.Process;
using Skerry.Node.Isolation.Spec;
using Skerry.Node.Network;
using Skerry.Node.Pods;

namespace Skerry.Node.Reconcile;

/// <summary>Makes and starts one container of a pod. The caller holds the pod's gate.</summary>
internal sealed class ContainerStarter(NodeRooms rooms)
{
    // Starts beyond this many at once only take the processor from each other.
    private readonly SemaphoreSlim _width = new(Math.Max(2, Environment.ProcessorCount * 2));

    /// <summary>Set by the exit desk: called when a container's monitor ends.</summary>
    internal Action<PodState, PodContainer, ProcessIdentity>? MonitorEnded { get; set; }

    /// <summary>
    /// Makes a container, lets the caller attach, and starts it.
    /// </summary>
    /// <exception cref="PodException">It could not be started; the container is FAILED and its reason says why.</exception>
    internal async Task Start(PodState pod, PodContainer container, Func<string, Task>? attach)
    {
        if (pod.Record.Pod.Quarantine.Length > 0)
        {
            throw PodException.State($"pod {pod.Name} is cut off ({pod.Record.Pod.Quarantine}); nothing is started in it", $"look at it, then 'skerry guard release {pod.Name}'");
        }

        rooms.Planner.Cgroups.Anticipate();
        var asked = rooms.Clock.GetTimestamp();
        await _width.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        var logged = Task.CompletedTask;
        try
        {
            container.Begin();
            await rooms.Images.Judge(pod, container.Record).ConfigureAwait(false);
            rooms.CheckDrift(pod, container);

            // Beside the making of the container: nothing of the image runs before it is done.
            var looked = Task.Run(() => rooms.Images.CheckLayers(container.Record));
            logged = Starting(pod, container, looked);
            var sensor = rooms.BeginSensor(pod);
            await rooms.Networking.Ensure(pod).ConfigureAwait(false);
            var bundle = rooms.Paths.Bundle(container.Id);

            // An earlier run that could not be cleaned up, or a start that a crash interrupted, would be in the way.
            await rooms.IsolatorOf(pod).Delete(container.Id, bundle).ConfigureAwait(false);
            var tier = rooms.TierOf(pod);
            if (tier.ReadsImages)
            {
                await looked.ConfigureAwait(false);
            }

            var told = rooms.Tell(pod);
            await tier.Prepare(told).ConfigureAwait(false);
            using var surroundings = await tier.Surroundings(told).ConfigureAwait(false);
            var stream = await rooms.ListenTo(pod, container).ConfigureAwait(false);
            var created = await Create(pod, container, tier, told, surroundings with { Arguments = [.. surroundings.Arguments, .. stream] }).ConfigureAwait(false);
            rooms.EndOffer(container);
            container.MonitorChild = created.MonitorChild;
            container.View.Pid = created.Process.Pid;
            container.Record.PidStart = created.Process.Start;
            container.Record.MonitorPid = created.Monitor.Pid;
            container.Record.MonitorStart = created.Monitor.Start;
            container.View.State = Contracts.Node.V1.ContainerState.Created;
            container.View.Reason = string.Empty;
            container.View.OomKilled = false;
            container.View.ExitCode = 0;
            pod.Record.BootId = rooms.BootId;

            // From here on a crash of the daemon finds the container by its identities.
            await rooms.Keep(pod, container).ConfigureAwait(false);
            Watch(pod, container);
            await sensor.ConfigureAwait(false);
            await rooms.Introduce(pod, container).ConfigureAwait(false);
            await looked.ConfigureAwait(false);
            await rooms.GateDrift(pod, container, isNew: true).ConfigureAwait(false);
            if (attach is not null)
            {
                await attach(bundle).ConfigureAwait(false);
            }

            await Logged(logged).ConfigureAwait(false);
            await tier.Isolator.Start(container.Id, surroundings).ConfigureAwait(false);
            container.View.State = Contracts.Node.V1.ContainerState.Running;
            container.View.StartedAt = rooms.Now();
            container.View.FinishedAt = null;
            container.Record.RestartAsked = false;
            _ = rooms.Keep(pod, container);
            Meters.NodeMeters.Starts.Record(rooms.Clock.GetElapsedTime(asked).TotalSeconds);
            rooms.Events.Tell("container.start", pod, container);
        }
        catch (Exception error) when (error is IOException or SpecRefusedException or NetworkException or Images.ImageException or UnauthorizedAccessException)
        {
            throw await Fail(pod, container, error).ConfigureAwait(false);
        }
        finally
        {
            await logged.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _width.Release();
        }
    }

    private async Task Starting(PodState pod, PodContainer container, Task looked)
    {
        await looked.ConfigureAwait(false);
        await rooms.Trail.Starting(pod, container).ConfigureAwait(false);
    }

    /// <summary>Waits until the start is in the audit log. Chosen: a full disk must not keep workloads down; the log itself says what it misses.</summary>
    private async Task Logged(Task entry)
    {
        try
        {
            await entry.ConfigureAwait(false);
        }
        catch (Audit.AuditException error)
        {
            rooms.Log.AuditFailed(error.Message);
        }
    }

    /// <summary>Has the exit desk called when the monitor ends.</summary>
    internal void Watch(PodState pod, PodContainer container)
    {
        var identity = container.Monitor;
        var monitor = identity.TryOpen();
        if (monitor is null)
        {
            ThreadPool.UnsafeQueueUserWorkItem(_ => MonitorEnded!(pod, container, identity), null);
            return;
        }

        rooms.Exits.Add(monitor, () => MonitorEnded!(pod, container, identity));
    }

    private async Task<CreatedContainer> Create(PodState pod, PodContainer container, Tier tier, TierPod told, RuntimeSurroundings surroundings)
    {
        var mine = rooms.Tell(pod, container);
        var image = rooms.Images.Of(container.Record);
        var jail = await tier.Jail(told, mine, Inner).ConfigureAwait(false);
        return await tier.Isolator.Create(new ContainerLaunch
        {
            Id = container.Id,
            Bundle = mine.Bundle,
            Writable = mine.Writable,
            Layers = jail?.Layers ?? image.Layers,
            Users = told.Users,
            FirstUserId = told.Ids?.HostStart ?? 0,
            IsEphemeral = mine.IsEphemeral,
            LogPath = rooms.Paths.Log(container.Id),
            LogSizeMax = rooms.Options.LogSizeMax,
            Terminal = mine.Spec.Tty,
            Stdin = mine.Spec.Stdin,
            StdinOnce = mine.Spec.StdinOnce,
            MonitorGroup = rooms.Planner.MonitorGroup(pod.Id, container.Id),
            Surroundings = surroundings,
            Plan = jail?.Plan ?? (rootfs => tier.Adapt(told, Plan(rootfs))),
        }).ConfigureAwait(false);

        ContainerPlan Plan(string rootfs) =>
            rooms.Planner.Plan(pod, container.Id, mine.Spec, image, told.Ids, rootfs) with { TerminalSize = container.FirstSize };

        Task Inner(TierContainer of, Action<ContainerPlan> use)
        {
            if (of.Id == container.Id)
            {
                return rooms.Isolator.InImage(image.Layers, told.Users, rootfs => use(Plan(rootfs)));
            }

            var other = rooms.Images.Of(pod.Containers.First(c => c.Id == of.Id).Record);
            return rooms.Isolator.InImage(other.Layers, told.Users, rootfs => use(rooms.Planner.Plan(pod, of.Id, of.Spec, other, told.Ids, rootfs)));
        }
    }

    private async Task<PodException> Fail(PodState pod, PodContainer container, Exception error)
    {
        var reason = error.Message;
        var code = (error as IsolationException)?.ExitCode ?? 125;
        TierFall.Note(pod, error is IsolationException { ExitCode: null } ? reason : null, rooms.Clock.GetUtcNow());
        container.View.State = Contracts.Node.V1.ContainerState.Failed;
        container.View.Reason = reason;
        container.View.ExitCode = code;
        container.View.FinishedAt = rooms.Now();
        container.View.Pid = 0;
        rooms.Sensor.Unwatch(container.Id);
        rooms.Drift.Unwatch(container.Id);
        try
        {
            await rooms.IsolatorOf(pod).Delete(container.Id, rooms.Paths.Bundle(container.Id)).ConfigureAwait(false);
            container.MonitorChild?.Dispose();
            container.MonitorChild = null;
            await rooms.Keep(pod, container).ConfigureAwait(false);
            await rooms.Rest(pod).ConfigureAwait(false);
        }
        catch (IOException left)
        {
            rooms.Log.LeftBehind(container.Id, left.Message);
        }

        container.End(new Exit { Code = code, Reason = reason });
        rooms.Events.Tell("container.fail", pod, container, ("reason", reason));
        return error switch
        {
            NetworkException network => PodException.Failed($"network: {network.Message}; {network.Next}", network),
            SpecRefusedException refused => PodException.Invalid(refused.Refusal, refused.Next),
            Images.ImageException { Problem: Images.ImageProblem.Untrusted or Images.ImageProblem.Corrupt, Next: { } next } => PodException.Refused(reason, next),
            LinuxException { IsOutOfSpace: true } => PodException.Failed($"{reason}: the disk is full; free space, or 'skerry image prune'", error),
            _ => PodException.Failed($"container {container.View.Name}: {reason}", error, (error as IsolationException)?.ExitCode),
        };
    }
}
