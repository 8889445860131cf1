using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Skerry.Contracts.Node.V1;
using Skerry.Linux.Watches;
using Skerry.Node.Isolation.Cgroups;
using Skerry.Node.Policy;
using Skerry.Node.Pods;
using Skerry.Node.Reconcile;

namespace Skerry.Node.Api;

/// <content>logs, stats, events and update.</content>
internal sealed partial class PodsDoor
{
    private const int EventsPage = 1000;
    private static readonly TimeSpan FirstInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(100);

    private readonly DirectoryWatch _logs = new();
    private readonly Lazy<CgroupLayout> _cgroups = new(CgroupLayout.Detect);

    public override async Task<PlanResponse> Plan(PlanRequest request, ServerCallContext context)
    {
        var spec = PodSpecRules.Complete(request.Pod, rooms.Options.DefaultNetwork);
        var images = rooms.Images.Here(spec);
        var answer = new PlanResponse { ImagesKnown = images is not null };
        if (images is not null && rooms.Images.WhyNot(spec) is { } untrusted)
        {
            (answer.Reason, answer.Remedy) = (untrusted.Message, untrusted.Next ?? string.Empty);
            return answer;
        }

        var decision = await rooms.TierDesk.Plan(spec, images).WaitAsync(context.CancellationToken).ConfigureAwait(false);
        answer.Considered.AddRange(decision.Considered.Select(static c => new Contracts.Node.V1.TierSetAside { Tier = c.Tier, Why = c.Why, Remedy = c.Remedy }));
        switch (decision)
        {
            case TierDecision.Chosen chosen:
                (answer.Tier, answer.Reason, answer.DeviceClass) = (chosen.Tier, chosen.Reason, chosen.DeviceClass);
                answer.Tee = chosen.Tee == TeeKinds.None ? string.Empty : TeeNames.Of(chosen.Tee);
                break;
            case TierDecision.Refused refused:
                (answer.Reason, answer.Remedy) = (refused.Reason, refused.Remedy);
                break;
        }

        return answer;
    }

    public override async Task Logs(LogsRequest request, IServerStreamWriter<LogEntry> responseStream, ServerCallContext context)
    {
        var (pod, container) = Find(request.Container);
        using var ends = Ends(context, request.Until?.ToDateTimeOffset(), request.Follow);
        using var reader = new LogReader(rooms.Paths.Log(container.Id));
        using var changes = new SemaphoreSlim(0);
        using var watch = request.Follow ? WatchLog(container, Changed) : null;
        using var told = request.Follow ? rooms.Events.Watch(pod.Id, Changed) : null;
        reader.SeekTail(request.Tail);
        var isEnding = false;
        while (true)
        {
            // Asked before reading: what the container wrote before it ended is then read for certain.
            var end = LogEnd(pod, container);
            var isOver = end == LogEnding.Over || (end == LogEnding.Ending && isEnding);
            isEnding = end == LogEnding.Ending;
            if (!await Send(reader.ReadOn()).ConfigureAwait(false))
            {
                return;
            }

            if (!request.Follow || isOver)
            {
                await Send(reader.Rest() is { } rest ? [rest] : []).ConfigureAwait(false);
                return;
            }

            try
            {
                if (isEnding)
                {
                    // Whoever plans the next run holds the pod: when it lets go, the plan is made or there is none.
                    await pod.Gate.WaitAsync(ends.Token).ConfigureAwait(false);
                    pod.Gate.Release();
                }
                else
                {
                    await changes.WaitAsync(ends.Token).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (!context.CancellationToken.IsCancellationRequested)
            {
                return;
            }
        }

        void Changed()
        {
            try
            {
                if (changes.CurrentCount == 0)
                {
                    changes.Release();
                }
            }
            catch (ObjectDisposedException)
            {
                // The caller went away while it was being told.
            }
        }

        async Task<bool> Send(IEnumerable<LogFile.Line> lines)
        {
            var (since, until) = (request.Since?.ToDateTimeOffset(), request.Until?.ToDateTimeOffset());
            LogEntry? waiting = null;
            foreach (var line in lines)
            {
                if (line.Time < since)
                {
                    continue;
                }

                if (line.Time > until)
                {
                    await Flush(waiting).ConfigureAwait(false);
                    return false;
                }

                if (waiting is not null)
                {
                    responseStream.WriteOptions = new WriteOptions(WriteFlags.BufferHint);
                    await responseStream.WriteAsync(waiting, context.CancellationToken).ConfigureAwait(false);
                }

                waiting = new LogEntry
                {
                    Stream = line.IsError ? LogEntry.Types.Stream.Stderr : LogEntry.Types.Stream.Stdout,
                    Time = Timestamp.FromDateTimeOffset(line.Time),
                    Data = UnsafeByteOperations.UnsafeWrap(line.Data),
                };
            }

            await Flush(waiting).ConfigureAwait(false);
            return true;
        }

        async Task Flush(LogEntry? last)
        {
            if (last is not null)
            {
                responseStream.WriteOptions = null;
                await responseStream.WriteAsync(last, context.CancellationToken).ConfigureAwait(false);
            }
        }
    }

    public override async Task Stats(StatsRequest request, IServerStreamWriter<StatsResponse> responseStream, ServerCallContext context)
    {
        // Named ones must exist; one that does not run has nothing to be read.
        foreach (var name in request.Containers)
        {
            var (_, container) = Find(name);
            if (!request.Follow)
            {
                NeedAlive(container);
            }
        }

        using var ends = Ends(context, null, request.Follow);
        var interval = request.IntervalMillis == 0 ? TimeSpan.FromSeconds(1) : TimeSpan.FromMilliseconds(request.IntervalMillis);
        interval = interval < ShortestInterval ? ShortestInterval : interval;
        var readings = new PodReadings(rooms, _cgroups.Value);

        // The first answer has a share of the processor too: that of a short while.
        await Sample().ConfigureAwait(false);
        var wait = interval < FirstInterval ? interval : FirstInterval;
        do
        {
            try
            {
                await Task.Delay(wait, rooms.Clock, ends.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!context.CancellationToken.IsCancellationRequested)
            {
                return;
            }

            wait = interval;
            await responseStream.WriteAsync(await Sample().ConfigureAwait(false), context.CancellationToken).ConfigureAwait(false);
        }
        while (request.Follow);

        async Task<StatsResponse> Sample()
        {
            var answer = new StatsResponse();
            foreach (var stats in await Task.WhenAll(Chosen().Select(c => readings.Read(c.Pod, c.Container))).ConfigureAwait(false))
            {
                if (stats is not null)
                {
                    answer.Containers.Add(stats);
                }
            }

            return answer;
        }

        IEnumerable<(PodState Pod, PodContainer Container)> Chosen()
        {
            if (request.Containers.Count == 0)
            {
                return rooms.Index.All.OrderBy(static p => p.Name, StringComparer.Ordinal).SelectMany(static p => p.Containers.Select(c => (p, c)));
            }

            return request.Containers.Select(name =>
            {
                try
                {
                    return Find(name);
                }
                catch (PodException error) when (error.Failure == PodFailure.NotFound)
                {
                    return default; // removed while it was followed
                }
            }).Where(static found => found.Container is not null);
        }
    }

    public override async Task Events(EventsRequest request, IServerStreamWriter<Event> responseStream, ServerCallContext context)
    {
        var filter = new EventFilter(request.Container, request.Since?.ToDateTimeOffset(), request.Until?.ToDateTimeOffset());
        var isLive = request.Follow || filter.Until > rooms.Clock.GetUtcNow();
        using var ends = Ends(context, filter.Until, isLive);

        // 1. Listen first: from here on nothing is missed.
        using var listener = rooms.Events.Listen();
        ulong read = 0;

        // 2. What was written before. The journal answers in the order in which it was asked: everything up to the last one is here.
        if (filter.Since is not null || !isLive)
        {
            while (await rooms.Journal.ReadEvents(read, EventsPage).ConfigureAwait(false) is { Count: > 0 } page)
            {
                foreach (var happened in page)
                {
                    await Send(happened).ConfigureAwait(false);
                }

                read = page[^1].Sequence;
            }
        }

        if (!isLive)
        {
            return;
        }

        // 3. What happens, but not again what the journal had.
        try
        {
            await foreach (var happened in listener.Events.ReadAllAsync(ends.Token).ConfigureAwait(false))
            {
                if (happened.Sequence > read)
                {
                    await Send(happened).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (!context.CancellationToken.IsCancellationRequested)
        {
            // `until` is reached, or the node stops.
        }

        Task Send(Event happened) => filter.Matches(happened) ? responseStream.WriteAsync(happened, context.CancellationToken) : Task.CompletedTask;
    }

    public override async Task<UpdateResponse> Update(UpdateRequest request, ServerCallContext context)
    {
        var (pod, container) = Find(request.Container);
        await new PodUpdater(rooms, _cgroups.Value).Update(pod, container, request.Resources).ConfigureAwait(false);
        return new UpdateResponse();
    }

    /// <summary>Whether the log can grow no more. Each change of the answer follows an event of the pod.</summary>
    private static LogEnding LogEnd(PodState pod, PodContainer container) => container.View.State switch
    {
        _ when pod.IsGone => LogEnding.Over,
        ContainerState.Exited or ContainerState.Failed => ExitDesk.ShouldRestart(pod, container, container.View.ExitCode) ? LogEnding.Ending : LogEnding.Over,
        _ => LogEnding.Open,
    };

    private IDisposable? WatchLog(PodContainer container, Action changed)
    {
        var directory = rooms.Paths.Writable(container.Id);
        return Directory.Exists(directory) ? _logs.Add(directory, changed) : null;
    }

    /// <summary>Cancelled when the caller goes away, the node stops, or the time that was asked for is over.</summary>
    private CancellationTokenSource Ends(ServerCallContext context, DateTimeOffset? until, bool follow)
    {
        var ends = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        if (follow && until - rooms.Clock.GetUtcNow() is { } left)
        {
            // CancelAfter takes at most 2^32-2 ms.
            ends.CancelAfter(left < TimeSpan.Zero ? TimeSpan.Zero : left < TimeSpan.FromDays(49) ? left : TimeSpan.FromDays(49));
        }

        return ends;
    }

    private enum LogEnding
    {
        /// <summary>The container runs, or will run again.</summary>
        Open,

        /// <summary>It ended and is about to be started again, unless it still is so at the next look.</summary>
        Ending,

        /// <summary>Nothing more comes.</summary>
        Over,
    }
}
