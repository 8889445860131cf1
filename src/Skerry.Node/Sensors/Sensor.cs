using System.Collections.Concurrent;
using Skerry.Guard.Events;
using Skerry.Guard.Recorder;
using Skerry.Guard.Rules;
using Skerry.Linux;
using Skerry.Linux.Bpf;
using Skerry.Node.Configuration;
using Skerry.Node.Sensors.Alerts;
using Skerry.Node.Sensors.Gvisor;
using Skerry.Node.Sensors.Responses;
using Skerry.Node.Sensors.Rules;
using Skerry.Node.Sensors.Standing;

namespace Skerry.Node.Sensors;

/// <summary>
/// The guard of this node: what the kernel tells of its containers, judged by its rules. It is begun with the first container, so that an
/// idle node carries nothing of it; whether it works or not, pods run.
/// </summary>
internal sealed partial class Sensor : IAsyncDisposable
{
    private static readonly TimeSpan CountEvery = TimeSpan.FromSeconds(1);

    private readonly GuardOptions _options;
    private readonly ILogger _log;
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new(); // guards _begun, _thread, _programs, _rules and _watched as a whole
    private readonly ConcurrentDictionary<string, SensedContainer> _watched = new(StringComparer.Ordinal);
    private readonly EventAssembler _assembler = new();
    private readonly SensorCounter[] _told = new SensorCounter[SensorCounter.Kinds];
    private readonly ITimer _timer;
    private readonly ITimer _measure;
    private SensorPrograms? _programs;
    private SensorThread? _thread;
    private LoadedRules _rules;
    private ResponsePlan _plan;
    private bool _begun;
    private long _counted = -1; // of the timer alone, as the next is
    private long _looked = KernelClock.Realtime;
    private uint _next;

    /// <param name="options">[guard].</param>
    /// <param name="root">The node's root, for the file of alerts.</param>
    /// <param name="warden">What the kernel does by itself.</param>
    /// <param name="clock">Time.</param>
    /// <param name="log">The log.</param>
    /// <exception cref="RuleBookException">Rules are refused, or what they are to deny cannot be denied and nothing else will do.</exception>
    internal Sensor(GuardOptions options, string root, Warden warden, TimeProvider clock, ILogger log)
    {
        (_options, Warden, _clock, _log) = (options, warden, clock, log);
        _rules = options.Enabled ? RuleBook.Load(options) : new LoadedRules(Skerry.Guard.Decisions.RuleSet.Empty, [], [], string.Empty, new Dictionary<string, KernelRule>());
        _plan = new ResponsePlan(options, _rules.Set, _rules.Kernel);
        Alerts = new AlertDesk(options, options.AlertFile ?? Path.Combine(root, "alerts.jsonl"), log);
        Alerts.Trouble = new Recording.Trouble(clock, problem => TellTrouble("Alerts not kept", "Alerts kept again", "alerts are not kept", problem));
        Responses = new ResponseDesk(_assembler.Processes, new ResponseBounds(Maintenance, TimeSpan.FromSeconds(options.CooldownSeconds), options.ResponsesAMinute)) { Ended = TellEnded };
        Judge = new EventJudge(Alerts, Responses);
        _measure = clock.CreateTimer(static self => _ = ((Sensor)self!).Measure(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Judge.IsDenied = rule => _plan.Denials.FirstOrDefault(d => d.Rule == rule.Name) is { } rung && Warden.Refuses(StandingOrders.FlagsOf(rung.Means));
        Judge.Use(_rules.Set, _plan);
        _timer = clock.CreateTimer(static self => ((Sensor)self!).Count(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Warn();
    }

    /// <summary>What the kernel does by itself.</summary>
    internal Warden Warden { get; }

    /// <summary>What follows on the rules that judge now.</summary>
    internal ResponsePlan Plan => _plan;

    /// <summary>Alerts.</summary>
    internal AlertDesk Alerts { get; }

    /// <summary>Measures how long an answer takes; null where it is switched off, or nothing is guarded yet.</summary>
    internal Canary? Canary { get; private set; }

    /// <summary>Pods in which responses are only told.</summary>
    internal MaintenanceBook Maintenance { get; } = new();

    /// <summary>What follows on them.</summary>
    internal ResponseDesk Responses { get; }

    /// <summary>Judges events; who wants to see each listens to <see cref="EventJudge.Seen"/>.</summary>
    internal EventJudge Judge { get; }

    /// <summary>The rules that judge now.</summary>
    internal LoadedRules Rules => _rules;

    /// <summary>Told of rules that judge from now on in place of others.</summary>
    internal Action<LoadedRules>? Loaded { get; set; }

    /// <summary>Why nothing is seen; null where the sensor runs or nobody needed it yet.</summary>
    internal string? Reason { get; private set; }

    /// <summary>Whether it runs.</summary>
    internal bool IsRunning => _thread is not null && Reason is null;

    /// <summary>Why io_uring is not seen; null where it is.</summary>
    internal string? UringReason => _programs?.UringReason;

    /// <summary>Whether its thread runs ahead of ordinary ones.</summary>
    internal bool IsRealTime => _thread?.IsRealTime == true;

    /// <summary>Containers that are watched.</summary>
    internal ICollection<SensedContainer> Watched => _watched.Values;

    /// <summary>Processes that are known; roughly, since the sensor's thread changes them meanwhile.</summary>
    internal int ProcessCount => _assembler.Processes.Count;

    /// <summary>Whether a container is watched.</summary>
    internal bool IsWatched(string id) => _watched.ContainsKey(id);

    /// <summary>Whether the kernel does in a container what it is told to do by itself, though nobody may see it.</summary>
    internal bool IsHeld(string id) => IsWatched(id) && (IsRunning || Warden is { IsRunning: true, Reason: null });

    /// <summary>Records that could not be understood.</summary>
    internal long Unreadable => _thread?.Unreadable ?? 0;

    /// <summary>Tells something of the guard itself, as an alert.</summary>
    internal void Tell(string rule, string message) =>
        Alerts.Take(AlertMaker.OfGuard(KernelClock.Realtime, Environment.MachineName, rule, Priority.Error, message, new Dictionary<string, long>()));

    /// <summary>Loads the sensor, once; blocks some ten milliseconds the first time. False: it does not work, <see cref="Reason"/> says why.</summary>
    internal bool Begin()
    {
        lock (_gate)
        {
            if (_begun)
            {
                return IsRunning;
            }

            _begun = true;
            if (!_options.Enabled)
            {
                Reason = "switched off: [guard] enabled = false in skerry.toml";
                return false;
            }

            try
            {
                const ulong Second = 1_000_000_000;
                _programs = SensorPrograms.Load(SensorResource.Read(), (uint)_options.Ring, new SensorSettings
                {
                    Interval = _options.RateLimit == 0 ? 0 : (uint)Math.Max(1, (long)Second / _options.RateLimit),
                    Burst = Second,
                    WakeBytes = (uint)Math.Min(1 << 16, _options.Ring / 4),
                });
                foreach (var (number, call) in CallTable.All.Compat)
                {
                    _programs.SetCompat(number, call);
                }

                var calls = SetPlans();
                Warden.Use(_plan.Orders);
                Canary = _options.CanarySeconds > 0 ? new Canary(why => Tell("Guard late", why)) : null;
                _thread = new SensorThread(_programs, _assembler, Judge, Warden, Canary, new FeedDesk(_options.RateLimit), Answered, Stumbled, Stopped);
                _timer.Change(CountEvery, CountEvery);
                if (Canary is not null)
                {
                    _measure.Change(TimeSpan.FromSeconds(_options.CanarySeconds), TimeSpan.FromSeconds(_options.CanarySeconds));
                }

                _log.SensorRuns(_rules.Set.Rules.Count, calls, _thread.IsRealTime ? " ahead of ordinary threads" : " as an ordinary thread: SCHED_FIFO is not allowed here");
                return true;
            }
            catch (Exception error) when (error is BpfException or LinuxException)
            {
                Reason = error.Message;
                _log.SensorMissing(error.Message);

                // What the kernel answers by itself does not need eyes.
                Warden.Use(_plan.Orders);
                return false;
            }
        }
    }

    /// <summary>
    /// Watches a container from now on, and has the kernel hold it, the one also where the other cannot be. To be called between its creation and its
    /// start, so that its first program is seen.
    /// </summary>
    /// <param name="make">Makes what is known of it, given its number.</param>
    internal void Watch(Func<uint, SensedContainer> make)
    {
        Begin();
        lock (_gate)
        {
            var container = make(++_next);
            if (_watched.TryGetValue(container.Id, out var before))
            {
                _endedUnfollowed += Unfollowed(before);
                End(before);
            }

            _watched[container.Id] = container;
            _thread?.Add(container);
            if (container.HasOwnKernel)
            {
                Hear(container);
            }
            else
            {
                Hold(container);
            }
        }
    }

    /// <summary>A container ended; no error where it was not watched.</summary>
    internal void Unwatch(string id)
    {
        lock (_gate)
        {
            if (_watched.TryRemove(id, out var container))
            {
                _endedUnfollowed += Unfollowed(container);
                End(container);
            }

            Silence(id);
        }
    }

    /// <summary>Loads the rules anew.</summary>
    /// <exception cref="RuleBookException">They are refused; those before stay.</exception>
    internal LoadedRules Reload()
    {
        LoadedRules loaded;
        try
        {
            loaded = RuleBook.Load(_options);
        }
        catch (RuleBookException error)
        {
            _log.RulesRefused(error.Message);
            throw;
        }

        lock (_gate)
        {
            _rules = loaded;
            _plan = new ResponsePlan(_options, loaded.Set, loaded.Kernel);
            Warn();
            var (set, plan) = (loaded.Set, _plan);
            if (_thread is null || _programs is null)
            {
                Judge.Use(set, plan);
            }
            else
            {
                _thread.Post(() => Judge.Use(set, plan));
                _log.SensorRuns(set.Rules.Count, SetPlans(), " by the new rules");
            }

            if (_begun)
            {
                Warden.Use(_plan.Orders);
                foreach (var container in _watched.Values.Where(static c => !c.HasOwnKernel && c.First.IsAlive()))
                {
                    Hold(container);
                }

                Warden.ForgetEarlier();
                AskAgain();
            }
        }

        Loaded?.Invoke(loaded);
        return loaded;
    }

    /// <summary>What became of the events of each kind, in the order of <see cref="SensorCounter"/>.</summary>
    internal SensorCounter[] Counters()
    {
        var counters = new SensorCounter[SensorCounter.Kinds];
        lock (_gate)
        {
            _programs?.ReadCounters(counters);
        }

        return counters;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        await _measure.DisposeAsync().ConfigureAwait(false);
        Count();
        lock (_gate)
        {
            _begun = true;
            var saw = IsRunning && !_watched.IsEmpty;
            _thread?.Dispose();
            if (saw)
            {
                Mark?.Ends();
            }

            (_thread, _programs) = (null, null);
            Warden.Dispose();
        }

        await Alerts.DisposeAsync().ConfigureAwait(false);
    }

    private int SetPlans()
    {
        var count = 0;
        foreach (var (number, plan) in CallTable.All.Plans(_rules.Set, _plan.Wakes))
        {
            _programs!.SetPlan(number, plan);
            count += plan.Handler == CallHandler.None ? 0 : 1;
        }

        return count;
    }

    private void End(SensedContainer container)
    {
        // The kernel gives numbers of namespaces again at once: another container may have this one by now.
        if (!container.HasOwnKernel && _watched.Values.All(other => other == container || other.PidNamespace != container.PidNamespace))
        {
            _programs?.Unwatch(container.PidNamespace);
            Warden.Unbind(container.PidNamespace);
        }

        _thread?.End(container);
    }

    private void Stumbled(string reason)
    {
        _log.SensorStumbled(reason);
        Tell("Event not understood", "the guard failed at an event, which nothing judged: " + reason.Split('\n')[0] + "; more such are only counted (skerry guard status)");
    }

    private void Stopped(string reason)
    {
        Reason = "the sensor's thread ended: " + reason.Split('\n')[0];
        _log.SensorStopped(reason);
        Alerts.Take(AlertMaker.OfGuard(KernelClock.Realtime, Environment.MachineName, "Sensor stopped", Priority.Critical, Reason, new Dictionary<string, long>()));
    }

    /// <summary>Measures, while there is something to guard.</summary>
    private async Task Measure()
    {
        if (!_watched.IsEmpty && _programs is { } programs)
        {
            try
            {
                await Canary!.Sing(programs, _clock).ConfigureAwait(false);
            }
            catch (LinuxException error)
            {
                Tell("Guard late", "it could not be measured: " + error.Message);
            }
        }
    }

    /// <summary>Tells what was lost since the last look.</summary>
    private void Count()
    {
        if (!IsRunning || _watched.IsEmpty)
        {
            return;
        }

        TellSilence();
        Mark?.Sees();
        var (from, to) = (_looked, KernelClock.Realtime);
        _looked = to;

        // Whatever is lost or over its limit is so beside events that come through: where none did, nothing has changed.
        var drained = _thread!.Drained + SandboxesTold;
        if (drained == _counted)
        {
            return;
        }

        _counted = drained;
        var now = Counters();
        var (lost, limited) = (0L, 0L);
        Dictionary<string, long> fields = [];
        for (var kind = 0; kind < now.Length; kind++)
        {
            var (more, over) = ((long)(now[kind].Lost - _told[kind].Lost), (long)(now[kind].Limited - _told[kind].Limited));
            if (more + over > 0)
            {
                (lost, limited) = (lost + more, limited + over);
                fields[NameOf(kind)] = more + over;
                NoteLoss(LossKind.NoRoom, from, to, more, kind);
                NoteLoss(LossKind.OverLimit, from, to, over, kind);
            }
        }

        now.CopyTo(_told, 0);
        if (SandboxesLost - _toldLost is > 0 and var missed)
        {
            _toldLost += missed;
            lost += missed;
            fields["sandbox"] = missed;
            Lost?.Invoke(new RecordLoss(LossKind.Untold, from, to, (ulong)missed));
        }

        TellLeftOut();

        if (lost + limited > 0)
        {
            fields["lost"] = lost;
            fields["limited"] = limited;
            _log.EventsLost(lost, limited);
            Alerts.Take(AlertMaker.OfGuard(KernelClock.Realtime, Environment.MachineName, "Events lost", Priority.Critical,
                FormattableString.Invariant($"{lost} events of containers found no room and {limited} were over the limit of their container; what they did in that time was not judged"), fields));
        }
    }

    /// <summary>Name of a kind in the counters.</summary>
    internal static string NameOf(int kind) => kind switch
    {
        SensorCounter.Exec => "exec",
        SensorCounter.Fork => "fork",
        SensorCounter.Exit => "exit",
        _ => CallTable.All[kind]?.Type.Name ?? kind.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    private void Warn()
    {
        foreach (var warning in _rules.Warnings.Concat(ResponsePlan.Unused(_options, _rules.Set.Rules).Select(static k => $"[guard.responses] names \"{k}\", which no loaded rule is called or tagged")))
        {
            _log.RuleWarning(warning);
        }
    }
}
