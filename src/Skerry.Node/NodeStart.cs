using Skerry.Guard.Audit;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Linux.Processes;
using Skerry.Node.Configuration;
using Skerry.Node.Isolation;
using Skerry.Node.Isolation.Cgroups;
using Skerry.Node.Isolation.Jails;
using Skerry.Node.Isolation.Microvm;
using Skerry.Node.Isolation.Process;
using Skerry.Node.Isolation.Seccomp;
using Skerry.Node.Network;
using Skerry.Node.Policy;
using Skerry.Node.Pods;
using Skerry.Node.Reconcile;
using Skerry.Node.Sensors.Captures;
using Skerry.Node.Sensors.Falco;
using Skerry.Node.Sensors.Recording;
using Skerry.Node.Sensors.Responses;
using Skerry.Node.Sensors;

namespace Skerry.Node;

/// <summary>Puts a node together and brings it from its journal to serving.</summary>
internal sealed class NodeStart : IAsyncDisposable
{
    private readonly NodeHold _hold;
    private readonly RuntimeBinary _binary;
    private readonly CancellationTokenSource _stopping;
    private Task _trials = Task.CompletedTask;

    private NodeStart(NodeHold hold, RuntimeBinary binary, NodeRooms rooms, CancellationTokenSource stopping)
    {
        _hold = hold;
        _binary = binary;
        _stopping = stopping;
        Rooms = rooms;
        Remover = new PodRemover(rooms);
        var containers = new ContainerStarter(rooms);
        var falls = new TierFall(rooms);
        Exits = new ExitDesk(rooms, containers, Remover, falls);
        containers.MonitorEnded = Exits.MonitorEnded;
        Starter = new PodStarter(rooms, containers, Remover, falls);
        Stopper = new PodStopper(rooms);
        Adoption = new Adoption(rooms, containers, Exits, Remover);
        Quarantine = new PodQuarantine(rooms, Stopper, Exits);
        Maintenance = new GuardMaintenance(rooms);
        Captures = new CaptureDesk(rooms.Paths.Captures, rooms.Options.Guard, rooms.Recorder, rooms.Clock, why => rooms.Sensor.Tell("Capture failed", why));
        rooms.Sensor.CallsChanged = rooms.AskSandboxes;
        var answers = new GuardAnswers(rooms, Stopper, Quarantine);
        rooms.Sensor.Responses.Asked = answers.Ask;
        rooms.Sensor.Responses.Killer = answers.KillInside;
        rooms.Sensor.Responses.Captured = Captures.Take;
        rooms.Sensor.Responses.Hooked = new HookDesk(rooms.Options.Guard, why => rooms.Sensor.Tell("Hook failed", why)).Start;
        rooms.Sensor.Alerts.Taken = rooms.Trail.Answered;
        rooms.Sensor.Untold = rooms.Trail.Untold;
        Falco = new FalcoDesk(rooms.Options.Guard, rooms.Sensor);
        Falco.Open();
        if (rooms.Recorder is { } recorder)
        {
            rooms.Sensor.Judge.Seen += recorder.Append;
            rooms.Sensor.Lost = recorder.Append;
            recorder.Troubled = problem => rooms.Sensor.TellTrouble("Recording stopped", "Recording goes on", "kernel events are not recorded", problem);
        }
        else if (rooms.Options.Record.Enabled)
        {
            rooms.Sensor.Tell("Recording stopped", "kernel events are not recorded: the recorder could not begin, and the log of skerryd says why");
        }

        Captures.Resume();
    }

    /// <summary>How long after its start a node first tries what nobody asked for: what it was started for comes first.</summary>
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(3);

    /// <summary>How long a node that stops waits for a trial to clean up behind itself.</summary>
    private static readonly TimeSpan TrialPatience = TimeSpan.FromSeconds(5);

    internal NodeRooms Rooms { get; }

    internal PodStarter Starter { get; }

    internal PodStopper Stopper { get; }

    internal PodRemover Remover { get; }

    internal PodQuarantine Quarantine { get; }

    internal GuardMaintenance Maintenance { get; }

    internal CaptureDesk Captures { get; }

    /// <summary>Takes alerts of a Falco on this machine.</summary>
    internal FalcoDesk Falco { get; }

    private ExitDesk Exits { get; }

    private Adoption Adoption { get; }

    /// <summary>
    /// Prepares a node.
    /// <list type="number">
    /// <item>Hold its root and its run directory, which are one daemon's alone, and make its directories in them, for root alone.</item>
    /// <item>Open the journal and the audit log.</item>
    /// <item>Choose the OCI runtime.</item>
    /// <item>Put the rooms together.</item>
    /// </list>
    /// </summary>
    /// <exception cref="ConfigurationException">Another daemon has the root or the run directory, or a program is missing.</exception>
    internal static async Task<NodeStart> Prepare(NodeOptions options, TimeProvider clock, ILoggerFactory logging)
    {
        var log = logging.CreateLogger("skerryd");

        // A mistake in the rules is told before anything is made.
        var lattice = LatticeFile.Open(options.TiersFile);
        var trusted = new TrustedImages(options.TrustedImages);

        // 1. directories
        var paths = new NodePaths(options.Root, options.Run);
        var hold = NodeHold.Take(paths);
        NodeDirectories.Make(paths);
        Spawn.BecomeSubreaper();

        // 2. journal and audit log
        var journal = Journal.Journal.Open(paths.Journal);
        var instance = journal.ReadMeta("instance");
        if (instance is null)
        {
            instance = PodNames.NewId()[..8];
            await journal.PutMeta("instance", instance).ConfigureAwait(false);
        }

        var bootId = (await File.ReadAllTextAsync("/proc/sys/kernel/random/boot_id").ConfigureAwait(false)).Trim();
        var (audit, auditTrouble) = NodeAudit.Open(options, paths, journal, instance, bootId, clock, log);
        var trail = new AuditTrail(audit, clock);
        _ = trail.Write("node.start", "ok", AuditEntry.None, AuditEntry.Values(("version", NodeVersion.Text)));
        var ledger = new PolicyLedger(trail, journal);
        await ledger.Note(PolicyLedger.Tiers, lattice.Source, PolicyDigest.Of(lattice.Text)).ConfigureAwait(false);

        // 3. runtime
        var layout = CgroupLayout.Detect();
        CgroupDelegation.Prepare(layout, Cgroup.PathOf(instance));
        var trial = await NodeRuntime.Choose(options, paths, layout, instance, clock).ConfigureAwait(false);
        if (trial.Choice is not { } runtime)
        {
            // Of what was made for the trial, nothing stays of a node that does not start; what still holds pods is not empty.
            new PodCgroups(layout, layout.Mode, instance).RemoveOwn();
            var shut = NodeDirectories.Shut(paths.Run) is { } way ? $"{way} cannot be passed by the users of containers, who must come to {paths.Run}: chmod o+x it, or give another --run; " : string.Empty;
            throw new ConfigurationException($"no OCI runtime works here: {shut}{string.Join("; ", trial.Verdicts.Select(static v => $"{v.Name}: {v.Reason}"))}");
        }

        var binary = RuntimeBinary.Seal(runtime.Path);

        // 4. rooms
        var stopping = new CancellationTokenSource();
        var cgroups = new PodCgroups(layout, runtime.View.Mode, instance);
        var seccomp = new SeccompProfiles();
        var planner = new PodPlanner(paths, new PlannerOptions
        {
            Cgroups = cgroups,
            Runtime = runtime.Kind,
            DeviceCgroup = runtime.DeviceCgroup,
            Seccomp = seccomp.For,
            Inits = options.Inits,
        });
        var index = new PodIndex();
        var ranges = new IdRangePool(options.FirstUserId, options.UserRanges);

        // Before the isolator: its threads copy the mount namespace, and pins must be seen there.
        var networking = new PodNetworking(paths, NodeNetworks.Open(options, instance, clock, logging), new PodNamespaces(Path.Combine(paths.Run, "ns")), ranges);
        planner.FilesOf = networking.FilesOf;
        planner.NamespacesOf = PodNetworking.NamespacesOf;
        var events = new EventHub(journal, trail, clock);
        var time = new Journal.TimeFloor(journal, clock, NodeVersion.Built);
        var images = NodeImages.Open(options, clock, index, events, time);
        foreach (var damage in images.Store.Damaged)
        {
            log.ImageDamaged(damage);
        }

        var launchpad = new Launchpad(runtime.View.HiddenMount);
        var stage = new Stage(paths.Stage);
        var isolator = new ProcessIsolator(
            new ProcessIsolatorOptions { RuntimePath = binary.Path, MonitorPath = options.MonitorPath, RuntimeState = paths.RuntimeState, Dialect = new HostKernelDialect(cgroups.IsEmpty) },
            launchpad,
            stage);
        var trials = new TrialCache(Path.Combine(paths.Root, "trials.json"));
        var sandbox = NodeRuntime.Sandbox(options, paths, layout, runtime.View, instance, launchpad, stage, index, trials, clock);
        var jails = new JailRoots(paths.Jails);
        var ground = new JailGround { Cgroups = cgroups, Runtime = runtime.Kind, DeviceCgroup = runtime.DeviceCgroup, Seccomp = seccomp.For };
        var microvm = NodeRuntime.Microvm(options, paths, isolator, jails, ground, ranges, log, clock);
        var unikernel = NodeRuntime.Unikernel(options, isolator, jails);
        var wasm = NodeRuntime.Wasm(options, paths, layout, runtime, binary.Path, instance, isolator, jails, clock);
        var tiers = new TierSet([new ProcessTier(isolator, runtime.Version), sandbox, microvm, unikernel, wasm]);
        var rooms = new NodeRooms
        {
            Paths = paths,
            Options = options,
            Instance = instance,
            BootId = bootId,
            Journal = journal,
            Isolator = isolator,
            Tiers = tiers,
            Jails = jails,
            TierDesk = NodeTiers.Open(options, layout, tiers, trials, lattice, trusted),
            Planner = planner,
            Ranges = ranges,
            Images = images,
            Scrub = NodeImages.Scrub(options, images, events, clock),
            Networking = networking,
            Index = index,
            Trail = trail,
            AuditTrouble = auditTrouble,
            Recorder = FlightRecorder.Open(options.Record, paths.Record, clock, log),
            Events = events,
            Clock = clock,
            Exits = new ExitWatch(),
            Drift = new Sensors.Drift.DriftGate(),
            Sensor = new Sensors.Sensor(options.Guard, paths.Root, new Sensors.Standing.Warden(paths.Standing, layout.Unified is { } unified ? unified + Cgroup.PathOf(instance) : null, log), clock, log) { Mark = new Sensors.SightMark(paths.Sight, clock) },
            Log = log,
            Stopping = stopping.Token,
            RuntimeName = runtime.Version,
            RuntimeVerdicts = trial.Verdicts,
        };
        Watch(ledger, rooms);
        return new NodeStart(hold, binary, rooms, stopping);
    }

    /// <summary>Takes over what an earlier daemon left, and sweeps what nobody owns.</summary>
    internal async Task Begin()
    {
        Adoption.Load();
        Rooms.TellAway();
        Rooms.Sensor.RequireDenials();
        await new Sweep(Rooms).Run().ConfigureAwait(false);
        await Adoption.Run().ConfigureAwait(false);
        Rooms.TellUnseen([.. Adoption.Unseen]);
        await Quarantine.Adopt().ConfigureAwait(false);
        Rooms.Sensor.Settle(Rooms.Index.All.Select(static pod => pod.Id).ToHashSet(StringComparer.Ordinal));
        _trials = TryTiers();
        _ = Rooms.Images.Trust.Trust.Time.Run(_stopping.Token);
        _ = Rooms.Scrub.Run(_stopping.Token);
        _ = Rooms.Images.Trust.Roots.Run(_stopping.Token);
    }

    /// <summary>Has every change of policies told, those since the last start at once.</summary>
    private static void Watch(PolicyLedger ledger, NodeRooms rooms)
    {
        var policies = rooms.Images.Trust.Trust.Policies;
        policies.Told = (digest, problem) => _ = ledger.Note(PolicyLedger.Trust, policies.Directory, digest, problem);
        _ = policies.Current();
        rooms.Sensor.Loaded = loaded => _ = ledger.Note(PolicyLedger.Rules, string.Join(' ', loaded.Files), loaded.Digest);
        rooms.Sensor.Loaded(rooms.Sensor.Rules);
    }

    /// <summary>Loads the rules of the guard anew; where they are refused the log says why and the old ones stay.</summary>
    internal void ReloadRules()
    {
        try
        {
            Rooms.Sensor.Reload();
        }
        catch (Sensors.Rules.RuleBookException)
        {
            // The sensor has told it.
        }
        catch (Exception error)
        {
            // A kernel or a disk that refuses ends no daemon; the old rules stay.
            Rooms.Log.ReloadFailed(error);
            Rooms.Sensor.Tell("Rules refused", $"the rules were not loaded anew: {error.Message}; those from before stay");
        }
    }

    /// <summary>Finds out in the background what the planner may take unasked.</summary>
    private async Task TryTiers()
    {
        try
        {
            await Task.Delay(Calm, Rooms.Clock, _stopping.Token).ConfigureAwait(false);
            await Rooms.TierDesk.Survey.KnowWhatAutoTakes(_stopping.Token).ConfigureAwait(false);

            // What the trials took is given back.
            Rooms.Events.Happened?.Invoke();
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
        catch (Exception error)
        {
            Rooms.Log.TrialsFailed(error.Message);
        }
    }

    /// <summary>Ends the daemon's part; pods run on.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAny(_trials, Task.Delay(TrialPatience)).ConfigureAwait(false);
        Rooms.Drift.Dispose();
        await Maintenance.DisposeAsync().ConfigureAwait(false);
        Falco.Dispose();
        await Rooms.Sensor.DisposeAsync().ConfigureAwait(false);
        foreach (var tier in Rooms.Tiers.All)
        {
            await tier.Stop().ConfigureAwait(false);
        }

        if (Rooms.Index.All.Count == 0)
        {
            // Nobody uses it: a node that stops leaves no mount, bridge or cgroup behind.
            Rooms.Sensor.Warden.Remove();
            await Rooms.Networking.TearDown().ConfigureAwait(false);
            Rooms.Planner.RemoveOwnCgroups();
        }

        await Rooms.Trail.Log.DisposeAsync().ConfigureAwait(false);
        await Rooms.Images.Trust.Trust.Time.Keep().ConfigureAwait(false);
        await Rooms.Journal.DisposeAsync().ConfigureAwait(false);
        Rooms.Recorder?.Dispose();
        Rooms.Exits.Dispose();
        Rooms.Isolator.Launchpad.Dispose();
        Rooms.Ranges.Dispose();
        Rooms.Images.Store.Dispose();
        _binary.Dispose();
        _hold.Dispose();
        _stopping.Dispose();
    }
}
