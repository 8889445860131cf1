using Google.Protobuf;
using Grpc.Core;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Isolation;
using Skerry.Node.Isolation.Process;
using Skerry.Node.Isolation.Spec;
using Skerry.Node.Pods;
using Skerry.Node.Reconcile;

namespace Skerry.Node.Api;

/// <content>run, exec and attach: calls that carry streams.</content>
internal sealed partial class PodsDoor
{
    public override async Task Run(IAsyncStreamReader<RunRequest> requestStream, IServerStreamWriter<RunResponse> responseStream, ServerCallContext context)
    {
        if (!await requestStream.MoveNext(context.CancellationToken).ConfigureAwait(false) || requestStream.Current.Start is not { } start)
        {
            throw PodException.Invalid("run: the first message says what to run");
        }

        PodState pod;
        await using (var relay = new ProgressRelay(p => responseStream.WriteAsync(new RunResponse { Progress = p })))
        {
            pod = await starter.Create(start.Pod, relay, context.CancellationToken).ConfigureAwait(false);
        }

        var container = pod.Containers[0];
        container.FirstSize = TerminalControl.Checked(start.Terminal);
        AttachSocket? socket = null;
        try
        {
            await starter.Start(pod, start.Attach ? Attach : null).ConfigureAwait(false);
            if (!start.Attach)
            {
                // Who is attached is told by the program's end.
                await Begun(pod, pod.Containers, context.CancellationToken).ConfigureAwait(false);
            }

            await responseStream.WriteAsync(new RunResponse
            {
                Started = new RunStarted { PodId = pod.Id, PodName = pod.Name, ContainerId = container.Id },
            }).ConfigureAwait(false);
            if (socket is null)
            {
                return;
            }

            var bundle = rooms.Paths.Bundle(container.Id);
            await StreamPump.Carry(
                socket,
                requestStream,
                static r => new CallerWord(r.WhatCase == RunRequest.WhatOneofCase.Stdin ? r.Stdin : null, r.StdinClosed, r.Resize, r.Signal),
                word => Obey(word, pod, container, bundle),
                (isError, data) => responseStream.WriteAsync(isError ? new RunResponse { Stderr = data } : new RunResponse { Stdout = data }),
                async () => await responseStream.WriteAsync(new RunResponse { Exit = await container.Ended.WaitAsync(context.CancellationToken).ConfigureAwait(false) }).ConfigureAwait(false),
                context.CancellationToken).ConfigureAwait(false);
        }
        catch (PodException) when (pod.Spec.AutoRemove)
        {
            await remover.Remove(pod, force: true).ConfigureAwait(false);
            throw;
        }
        finally
        {
            socket?.Dispose();
        }

        Task Attach(string bundle)
        {
            socket = AttachSocket.Connect(bundle);
            return Task.CompletedTask;
        }
    }

    public override async Task Attach(IAsyncStreamReader<AttachRequest> requestStream, IServerStreamWriter<StreamResponse> responseStream, ServerCallContext context)
    {
        if (!await requestStream.MoveNext(context.CancellationToken).ConfigureAwait(false) || requestStream.Current.Start is not { } start)
        {
            throw PodException.Invalid("attach: the first message says to what");
        }

        var (pod, container) = Find(start.Container);
        NeedAlive(container);
        var bundle = rooms.Paths.Bundle(container.Id);
        using var socket = AttachSocket.Connect(bundle);
        TerminalControl.Resize(bundle, start.Terminal);
        await responseStream.WriteAsync(new StreamResponse { Started = true }).ConfigureAwait(false);
        await StreamPump.Carry(
            socket,
            requestStream,
            static r => new CallerWord(r.WhatCase == AttachRequest.WhatOneofCase.Stdin ? r.Stdin : null, r.StdinClosed, r.Resize, r.Signal),
            word => Obey(word, pod, container, bundle),
            (isError, data) => responseStream.WriteAsync(Packet(isError, data)),
            async () => await responseStream.WriteAsync(new StreamResponse { Exit = await container.Ended.WaitAsync(context.CancellationToken).ConfigureAwait(false) }).ConfigureAwait(false),
            context.CancellationToken).ConfigureAwait(false);
    }

    public override async Task Exec(IAsyncStreamReader<ExecRequest> requestStream, IServerStreamWriter<StreamResponse> responseStream, ServerCallContext context)
    {
        if (!await requestStream.MoveNext(context.CancellationToken).ConfigureAwait(false) || requestStream.Current.Start is not { } start)
        {
            throw PodException.Invalid("exec: the first message says what to run");
        }

        var (pod, container) = Find(start.Container);
        NeedRunning(container);
        if (start.Args.Count == 0)
        {
            throw PodException.Invalid("exec: no program", "give one: skerry exec NAME PROGRAM …");
        }

        if (container.View.State == ContainerState.Paused)
        {
            throw PodException.State($"container {container.View.Name} is paused", $"skerry resume {container.View.Name}");
        }

        rooms.Planner.Cgroups.Anticipate();
        await rooms.Trail.Exec(pod, container, start.Args, start.User).ConfigureAwait(false);
        rooms.Sensor.Expect(container.Id, start.Args, start.Tty);
        AttachSocket? socket = null;
        var run = container.Process;
        ExecSession session;
        try
        {
            session = await rooms.IsolatorOf(pod).Exec(
                container.Id,
                PodNames.NewId(),
                rooms.Paths.Bundle(container.Id),
                rooms.TierOf(pod).PlanExec(new ContainerProcesses(container.Id, pod.Id, run, container.Monitor), start),
                rooms.Planner.MonitorGroup(pod.Id, container.Id),
                directory =>
                {
                    socket = AttachSocket.Connect(directory);
                    return Task.CompletedTask;
                }).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or SpecRefusedException)
        {
            socket?.Dispose();
            if (!container.IsRunning || container.Process != run)
            {
                // It ended while the program was being started, whatever step met that first; also where it runs again by now.
                throw NotRunning(container);
            }

            throw;
        }

        rooms.Events.Tell("container.exec", pod, container, ("command", string.Join(' ', start.Args)));
        var exitCode = session.ExitCode();
        if (start.Detach)
        {
            socket?.Dispose();
            _ = exitCode.ContinueWith(async _ => await session.DisposeAsync().ConfigureAwait(false), TaskScheduler.Default);
            await responseStream.WriteAsync(new StreamResponse { Started = true }).ConfigureAwait(false);
            return;
        }

        using var stream = socket!;
        try
        {
            // crun 1.8 heeds consoleSize for a container's first process only.
            TerminalControl.Resize(session.Directory, start.Terminal);
            await responseStream.WriteAsync(new StreamResponse { Started = true }).ConfigureAwait(false);
            await StreamPump.Carry(
                stream,
                requestStream,
                static r => new CallerWord(r.WhatCase == ExecRequest.WhatOneofCase.Stdin ? r.Stdin : null, r.StdinClosed, r.Resize, r.Signal),
                word => ObeyExec(word, session),
                (isError, data) => responseStream.WriteAsync(Packet(isError, data)),
                async () => await responseStream.WriteAsync(new StreamResponse { Exit = new Exit { Code = await exitCode.WaitAsync(context.CancellationToken).ConfigureAwait(false) } }).ConfigureAwait(false),
                context.CancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _ = exitCode.ContinueWith(async _ => await session.DisposeAsync().ConfigureAwait(false), TaskScheduler.Default);
        }
    }

    /// <summary>Waits until it is known whether the programs of a pod began.</summary>
    /// <exception cref="PodException">One of them could not be started, and is not tried again.</exception>
    private async Task Begun(PodState pod, IEnumerable<PodContainer> containers, CancellationToken cancel)
    {
        foreach (var container in containers)
        {
            var ended = container.Ended;
            await rooms.TierOf(pod).Begun(rooms.Paths.Bundle(container.Id), ended, cancel).ConfigureAwait(false);
            if (ended.IsCompletedSuccessfully && container.View.State == ContainerState.Failed)
            {
                throw PodException.Failed($"container {container.View.Name}: {container.View.Reason}", null, container.View.ExitCode);
            }
        }
    }

    private static StreamResponse Packet(bool isError, ByteString data) =>
        isError ? new StreamResponse { Stderr = data } : new StreamResponse { Stdout = data };

    private static void NeedAlive(PodContainer container)
    {
        if (!container.IsAlive)
        {
            throw NotRunning(container);
        }
    }

    private static void NeedRunning(PodContainer container)
    {
        if (!container.IsRunning)
        {
            throw NotRunning(container);
        }
    }

    private static PodException NotRunning(PodContainer container) => container.IsAlive
        ? PodException.State($"container {container.View.Name} is not running: it is being started, or has just ended", "try again")
        : PodException.State($"container {container.View.Name} is not running ({container.View.State.ToString().ToLowerInvariant()})", $"skerry start {container.View.Name}");

    private void Obey(CallerWord word, PodState pod, PodContainer container, string bundle)
    {
        TerminalControl.Resize(bundle, word.Size);
        if (!string.IsNullOrEmpty(word.Signal) && container.IsAlive)
        {
            // The caller's stream goes on meanwhile; what becomes of the signal it sees in what the program does.
            _ = rooms.Signal(pod, container, SignalNames.Parse(word.Signal)).ContinueWith(
                task => rooms.Log.ReconcileFailed(pod.Name, task.Exception!), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }
    }

    private static void ObeyExec(CallerWord word, ExecSession session)
    {
        TerminalControl.Resize(session.Directory, word.Size);
        if (!string.IsNullOrEmpty(word.Signal))
        {
            session.Signal(SignalNames.Parse(word.Signal));
        }
    }
}
