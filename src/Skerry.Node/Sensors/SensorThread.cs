using System.Collections.Concurrent;
using Skerry.Linux;
using Skerry.Linux.Bpf;
using Skerry.Linux.Processes;
using Skerry.Node.Sensors.Gvisor;
using Skerry.Node.Sensors.Standing;

namespace Skerry.Node.Sensors;

/// <summary>The one thread that reads what the kernel tells, and that owns all that is made of it.</summary>
/// <remarks>
/// Others put work for it into <see cref="Post"/>. It sleeps without end while nothing happens, and 1 to 25 milliseconds between batches
/// while something does: waking it for each event would cost ten times the rest. It runs ahead of ordinary threads where the machine allows it.
/// </remarks>
internal sealed class SensorThread : IDisposable
{
    private const int Priority = 10; // sched(7): 1 to 99
    private const int LongestPause = 25; // milliseconds: how late an alert may be that nobody waits for; what is answered wakes the thread at once
    private const int GoodBatch = 400; // records: a millisecond of work
    private const int QuietRounds = 10;
    private const long Second = 1_000_000_000;
    private const long EndedFor = 5 * Second;

    private readonly SensorPrograms _programs;
    private readonly EventAssembler _assembler;
    private readonly EventJudge _judge;
    private readonly Warden _warden;
    private readonly Canary? _canary;
    private readonly FeedDesk _feeds;
    private readonly Action<WardenAnswer, SensedContainer> _answered;
    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly Dictionary<uint, SensedContainer> _containers = [];
    private readonly Thread _thread;
    private readonly Action<string> _stumbled;
    private readonly Action<string> _failed;
    private readonly TaskCompletionSource _began = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _drained;
    private long _unreadable;
    private long _failures;
    private volatile bool _stop;

    /// <param name="programs">What it reads; it is disposed with this.</param>
    /// <param name="assembler">Makes events.</param>
    /// <param name="judge">Judges them.</param>
    /// <param name="warden">What the kernel does by itself.</param>
    /// <param name="canary">Measures; null where nothing does.</param>
    /// <param name="feeds">What sandboxes tell.</param>
    /// <param name="answered">Told of each denial of it, on this thread. Its kills are seen as events, too.</param>
    /// <param name="stumbled">Told, once, of a record that something failed at.</param>
    /// <param name="failed">Told when the thread ends by an error.</param>
    internal SensorThread(
        SensorPrograms programs, EventAssembler assembler, EventJudge judge, Warden warden, Canary? canary, FeedDesk feeds, Action<WardenAnswer, SensedContainer> answered, Action<string> stumbled, Action<string> failed)
    {
        (_programs, _assembler, _judge, _warden, _canary, _feeds, _answered, _stumbled, _failed) = (programs, assembler, judge, warden, canary, feeds, answered, stumbled, failed);
        _thread = new Thread(Run) { IsBackground = true, Name = "sensor" };
        _thread.Start();
        _began.Task.Wait();
    }

    /// <summary>Whether it runs ahead of ordinary threads.</summary>
    internal bool IsRealTime { get; private set; }

    /// <summary>Records that could not be understood.</summary>
    internal long Unreadable => Interlocked.Read(ref _unreadable);

    /// <summary>Has something done on the thread.</summary>
    internal void Post(Action work)
    {
        _posted.Enqueue(work);
        _programs.Ring.Wake();
    }

    /// <summary>Watches a container; returns when the thread knows it, so that nothing of it is told before.</summary>
    internal void Add(SensedContainer container)
    {
        using var known = new ManualResetEventSlim();
        Post(() =>
        {
            _containers[container.Number] = container;
            known.Set();
        });
        known.Wait(TimeSpan.FromSeconds(5));
    }

    /// <summary>Listens to a sandbox.</summary>
    internal void Add(SandboxFeed feed) => Post(() => _feeds.Add(feed));

    /// <summary>A container that a sandbox tells of is known.</summary>
    internal void Begin(SandboxFeed feed, SensedContainer container) => Post(() => _feeds.Begin(feed, new PointTranslator(container, _assembler.Processes, Take)));

    /// <summary>A program is about to be started in a sandbox from outside.</summary>
    internal void Expect(SandboxFeed feed, ExpectedProgram program) => Post(() => feed.Expect(program));

    /// <summary>A sandbox ended; what is still on its way is told first.</summary>
    internal void End(SandboxFeed feed) => Post(() => _feeds.Finish(feed));

    /// <summary>A container ended: what is still on its way of it is told, then it is forgotten.</summary>
    internal void End(SensedContainer container) => Post(() => container.EndedAt ??= KernelClock.Monotonic);

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop = true;
        _programs.Ring.Wake();
        _thread.Join();
        _programs.Dispose();
    }

    /// <summary>Records that came through the ring.</summary>
    internal long Drained => Interlocked.Read(ref _drained);

    private void Run()
    {
        try
        {
            IsRealTime = Linux.Processes.ThreadPriority.TryBecomeRealTime(Priority);
            _began.SetResult();
            Loop();
        }
        catch (Exception error)
        {
            // The sensor's own end is told; the node and its pods go on without it.
            _began.TrySetResult();
            _failed(error.ToString());
        }
        finally
        {
            _feeds.Dispose();
        }
    }

    private void Loop()
    {
        RecordSink sink = Take;
        var quiet = 0;
        var pause = LongestPause;
        var swept = KernelClock.Monotonic;
        while (!_stop)
        {
            while (_posted.TryDequeue(out var work))
            {
                try
                {
                    work();
                }
                catch (Exception error)
                {
                    _stumbled(error.ToString());
                }
            }

            var drained = _programs.Ring.Drain(sink);
            _warden.Drain(TakeAnswer);
            quiet = _feeds.Drain() || drained > 0 ? 0 : quiet + 1;
            if (drained > 0)
            {
                Interlocked.Add(ref _drained, drained);
            }

            // Small batches cost a wake-up each; large ones keep the processor from all others for their whole length.
            pause = Math.Clamp(pause * GoodBatch / Math.Max(1, drained), 1, LongestPause);

            var now = KernelClock.Monotonic;
            if (now - swept > Second)
            {
                swept = now;
                _assembler.Adjust();
                Sweep(now);
                _feeds.Resume();
            }

            var sleeps = quiet >= QuietRounds && !_feeds.IsPaused;
            _programs.Ring.Wait(sleeps ? -1 : pause, wakesAtOnce: sleeps, _warden.Answers, _feeds.File);
        }
    }

    /// <summary>Takes a record in. One that something fails at is counted, and told once: the thread goes on for all others.</summary>
    private void Take(ReadOnlySpan<byte> bytes)
    {
        try
        {
            Understand(bytes);
        }
        catch (Exception error)
        {
            if (Interlocked.Increment(ref _failures) == 1)
            {
                _stumbled(error.ToString());
            }

            Interlocked.Increment(ref _unreadable);
        }
    }

    private void Understand(ReadOnlySpan<byte> bytes)
    {
        if (!RecordView.TryRead(bytes, out var view))
        {
            Interlocked.Increment(ref _unreadable);
            return;
        }

        if (view.Head.Container == WatchedContainer.Canary)
        {
            if (_canary is not null && _assembler.TryAssemble(view, _canary.Self))
            {
                _canary.Hear(_assembler.Event);
            }

            return;
        }

        if (_containers.TryGetValue(view.Head.Container, out var container) && _assembler.TryAssemble(view, container))
        {
            _judge.Judge(_assembler.Event, _assembler.Entry!, view.Head.Flags.HasFlag(RecordFlags.Killed));
        }
    }

    private void TakeAnswer(WardenAnswer answer)
    {
        if (answer.Kind != WardenAnswerKind.Killed && _containers.Values.FirstOrDefault(c => Warden.KeyOf(c.Id) == answer.Container) is { } container)
        {
            _answered(answer, container);
        }
    }

    private void Sweep(long now)
    {
        foreach (var (number, container) in _containers)
        {
            if (now - container.EndedAt > EndedFor)
            {
                _containers.Remove(number);
                _assembler.Processes.Forget(container);
            }
        }
    }
}
