using Skerry.Contracts.Node.V1;
using Skerry.Linux;
using Skerry.Linux.Mounts;
using Skerry.Linux.Processes;
using Skerry.Node.Isolation.Process;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Sandbox;

/// <summary>
/// gVisor beneath the same monitor and root file system as the process tier. What must hold: the container's program never speaks to the
/// node's kernel; the sentry does, as a user of the pod's id range, in cgroups that count it with the container.
/// </summary>
internal sealed class SandboxTier : Tier
{
    internal const string TierName = "sandbox";

    /// <summary>Threads of the sentry and its gofer, which the pod's limit of processes counts too.</summary>
    internal const long OwnThreads = 128;

    /// <summary>Less memory than this the sentry needs for itself.</summary>
    internal const long LeastMemory = 48L << 20;

    private static readonly string[] Usual = ["/usr/local/bin/runsc", "/usr/bin/runsc"];
    private readonly string? _path;
    private readonly Func<Task<(SandboxChoice? Choice, string Reason)>> _try;
    private volatile Lazy<Task<(SandboxChoice? Choice, string Reason)>> _tried;

    /// <param name="isolator">With <see cref="RunscDialect"/>.</param>
    /// <param name="path">Where runsc is; null: there is none.</param>
    /// <param name="tryIt">Finds out how it works here.</param>
    internal SandboxTier(ProcessIsolator isolator, string? path, Func<Task<(SandboxChoice? Choice, string Reason)>> tryIt)
    {
        Isolator = isolator;
        _path = path;
        _try = tryIt;
        _tried = Begin();
    }

    internal override string Name => TierName;

    internal override ProcessIsolator Isolator { get; }

    internal override Task<TierVerdict> Tried => Verdict(_tried.Value);

    /// <summary>Why nothing is told of what happens in a sandbox; empty: gVisor tells it.</summary>
    internal async Task<string> Silence() => await _tried.Value.ConfigureAwait(false) is (var choice, var reason) && choice is null ? reason : choice.Silence;

    internal override IReadOnlyList<string> StandsOn => _path is null ? [] : [_path];

    internal override void Forget() => _tried = Begin();

    /// <summary>
    /// Writes what stands between conmon and runsc for an exec on a terminal: conmon says --tty to every runtime's exec (conmon 2.1,
    /// configure_runtime_args), which runsc does not know; that there is a terminal it sees in the process document.
    /// </summary>
    /// <param name="file">Where; it is written anew.</param>
    /// <param name="runsc">The runtime.</param>
    /// <returns>The file.</returns>
    internal static string WriteTerminalExec(string file, string runsc)
    {
        var quoted = "'" + runsc.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
        var part = file + ".new";
        File.WriteAllText(part, $"#!/bin/sh\nfor word do shift; [ \"$word\" = --tty ] || set -- \"$@\" \"$word\"; done\nexec {quoted} \"$@\"\n");
        File.SetUnixFileMode(part, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.Move(part, file, overwrite: true);
        return file;
    }

    /// <summary>Where runsc is; null: nowhere.</summary>
    /// <param name="configured">A path, or auto.</param>
    internal static string? Find(string configured) => configured == "auto" ? Usual.FirstOrDefault(File.Exists) : configured;

    /// <summary>What runsc needs around it; its network is the sentry's own stack on the pod's interfaces, the node's, or none.</summary>
    internal override async Task<RuntimeSurroundings> Surroundings(TierPod pod)
    {
        var (network, isHost) = (pod.Network, pod.IsHostNetwork);
        var (choice, why) = await _tried.Value.ConfigureAwait(false);
        if (choice is null)
        {
            throw new IsolationException($"the sandbox tier does not work on this machine: {why}");
        }

        var temporary = Isolator.CommonDirectory;
        return new RuntimeSurroundings
        {
            Arguments = [.. choice.Arguments, isHost ? "--network=host" : network is null ? "--network=none" : "--network=sandbox"],
            TemporaryDirectory = temporary,
            Network = network is null ? null : LinuxFile.OpenPath(network, 0),

            // Old releases speak to the sentry by an abstract socket, which whoever shares the network namespace could use too.
            IsolateNetwork = network is null && !isHost,
            Prepare = () => Prepare(temporary, network is not null),
        };
    }

    /// <summary>
    /// gVisor's kernel has the program's calls, a host name and IPC of its own; its threads are counted with the pod's. Runs where the root
    /// file system is mounted.
    /// </summary>
    internal override ContainerPlan Adapt(TierPod pod, ContainerPlan plan)
    {
        var wanted = plan.Spec;
        if (wanted.Resources is { Pids: > 0 } limits)
        {
            wanted = wanted.Clone();
            wanted.Resources.Pids = limits.Pids + OwnThreads;
        }

        if (wanted.ReadOnlyRootfs)
        {
            // The gofer cannot do it: in its user namespace the mount's nodev is locked, and it remounts without that flag.
            wanted = wanted.Clone();
            wanted.ReadOnlyRootfs = false;
            MountTargets.Make(plan.RootfsPath, plan.Mounts);
            MountTable.MakeReadOnly(plan.RootfsPath, MountTable.Options.NoDevices);
        }

        return plan with { Spec = wanted, Runtime = RuntimeKind.Runsc, Namespaces = plan.Namespaces.ForSandbox(), Seccomp = null };
    }

    internal override ulong IsolationMemory(TierPod pod, ProcessIdentity container, ulong used) =>
        SentryMemory.OfPrograms(container) is { } programs && programs < used ? used - programs : 0;

    internal override ExecPlan PlanExec(ContainerProcesses container, ExecStart asked) => base.PlanExec(container, asked) with { LiteralCapabilities = true };

    internal override string? CopyRefusal(bool isAlive) => isAlive ? "runs in a sandbox, whose kernel keeps its files to itself: a copy would not see all of them" : null;

    /// <summary>Refuses what gVisor does not do.</summary>
    /// <exception cref="SpecRefusedException">One of it was asked for.</exception>
    internal override void Check(PodSpec pod)
    {
        const string Else = "leave it out, or use --tier process";
        if (pod.Containers.Count > 1)
        {
            throw new SpecRefusedException("containers", "a sandbox pod has one container in this version", "make a pod of each, or use --tier process");
        }

        if (pod.Sysctls.Count > 0)
        {
            throw new SpecRefusedException("sysctls", "gVisor's kernel takes none from outside", Else);
        }

        if (pod.HostUsers)
        {
            throw new SpecRefusedException("host_users", "a sandbox always has user ids of its own", Else);
        }

        if (pod.Network == "host")
        {
            throw new SpecRefusedException("network", "a sandbox has a network stack of its own, and in its user namespace cannot use the node's", "use --network bridge, or --tier process");
        }

        var container = pod.Containers[0];
        if (container.Devices.Count > 0)
        {
            throw new SpecRefusedException("devices", "gVisor's kernel shows no devices of the node", Else);
        }

        if (container.Resources is { MemoryBytes: > 0 and < LeastMemory } resources)
        {
            throw new SpecRefusedException("memory", $"{resources.MemoryBytes} bytes are less than the {LeastMemory} that the sandbox's own kernel needs", "give it more, or use --tier process");
        }
    }

    /// <summary>
    /// Mounts in the container's own namespace what runsc wants to find.
    /// <list type="number">
    /// <item>A temporary directory that the pod's user ids can reach: the sentry makes its empty root in it.</item>
    /// <item>
    /// A cover for net.core, in a joined network namespace: gVisor's network stack takes one in which the kernel shows net.core.rmem_default
    /// for the node's own and refuses it (Linux 6.11 shows it in every one). Only the runtime looks there; what a program reads is the sentry's.
    /// Beside it a whole /proc: the gofer may mount one in its user namespace only where one is to be seen uncovered (mount_namespaces(7)).
    /// </item>
    /// </list>
    /// </summary>
    /// <param name="temporary">The directory to cover.</param>
    /// <param name="isJoined">There is a network namespace, and the calling thread is in it.</param>
    private static void Prepare(string temporary, bool isJoined)
    {
        // 1. temporary directory
        Cover(temporary, "size=1m,mode=0755");

        // 2. net.core
        const string Core = "/proc/sys/net/core";
        if (isJoined && File.Exists(Path.Combine(Core, "rmem_default")))
        {
            var whole = Path.Combine(temporary, "proc");
            Directory.CreateDirectory(whole);
            MountTable.Mount("proc", whole, "proc", MountTable.Options.NoSetuid | MountTable.Options.NoDevices | MountTable.Options.NoExec, null);
            var backlog = File.ReadAllText(Path.Combine(Core, "somaxconn"));
            Cover(Core, "size=64k,mode=0755");
            File.WriteAllText(Path.Combine(Core, "somaxconn"), backlog);
        }
    }

    private Lazy<Task<(SandboxChoice? Choice, string Reason)>> Begin() => new(() =>
        _path is null ? Task.FromResult<(SandboxChoice?, string)>((null, "runsc is not installed"))
        : !File.Exists(_path) ? Task.FromResult<(SandboxChoice?, string)>((null, $"{_path} is not there"))
        : Task.Run(_try));

    private async Task<TierVerdict> Verdict(Task<(SandboxChoice? Choice, string Reason)> tried)
    {
        var (choice, reason) = await tried.ConfigureAwait(false);
        return choice is not null
            ? TierVerdict.Yes(choice.Version, $"gVisor by {choice.Platform}", isSlow: choice.Platform == "ptrace")
            : TierVerdict.No(reason, _path is null || !File.Exists(_path) ? "apt install runsc (gVisor), or name it as sandbox under [runtime] in skerry.toml, and restart skerryd" : string.Empty);
    }

    private static void Cover(string place, string options) =>
        MountTable.Mount("none", place, "tmpfs", MountTable.Options.NoSetuid | MountTable.Options.NoDevices | MountTable.Options.NoExec, options);
}
