using System.Security.Cryptography;
using System.Text;
using Skerry.Linux.Machine;
using Skerry.Node.Configuration;
using Skerry.Node.Isolation;
using Skerry.Node.Isolation.Cgroups;
using Skerry.Node.Isolation.Jails;
using Skerry.Node.Isolation.Microvm;
using Skerry.Node.Isolation.Process;
using Skerry.Node.Isolation.Runtime;
using Skerry.Node.Isolation.Sandbox;
using Skerry.Node.Isolation.Seccomp;
using Skerry.Node.Isolation.Spec;
using Skerry.Node.Isolation.Unikernel;
using Skerry.Node.Isolation.Wasm;
using Skerry.Node.Survey;

namespace Skerry.Node;

/// <summary>Chooses the OCI runtime by trial, once a boot and once for each change of a runtime's binary.</summary>
internal static class NodeRuntime
{
    internal static async Task<RuntimeTrialResult> Choose(NodeOptions options, NodePaths paths, CgroupLayout layout, string instance, TimeProvider clock)
    {
        var configured = options.Runtime == "auto" ? null : options.Runtime;
        var cache = Path.Combine(paths.Root, "runtime.json");
        var key = RuntimeTrialCache.Key(configured);
        if (RuntimeTrialCache.Load(cache, key) is { } known)
        {
            return known;
        }

        using var threads = new ViewThreads();
        var result = await new RuntimeTrial(layout, paths.Run, instance, IdRange.At(options.FirstUserId), threads.Run, clock).Pick(configured).ConfigureAwait(false);
        RuntimeTrialCache.Store(cache, key, result);
        return result;
    }

    /// <summary>The unikernel tier, with the monitors that are installed; how they run guests is tried when they are asked for.</summary>
    internal static UnikernelTier Unikernel(NodeOptions options, ProcessIsolator isolator, JailRoots jails)
    {
        const string Spt = "solo5-spt", Hvt = "solo5-hvt";
        return new UnikernelTier(
            isolator,
            jails,
            Find,
            [KvmProbe.Device, .. QemuJail.Places(options.Qemu), .. FirecrackerMonitor.Places(options.Firecracker), .. Solo5Monitor.Places(options.Solo5, Spt), .. Solo5Monitor.Places(options.Solo5, Hvt)],
            new SeccompProfiles().For);

        IReadOnlyList<GuestMonitor> Find()
        {
            var qemu = new QemuMonitor(QemuJail.Find(options.Qemu), jails);
            return
            [
                qemu,
                new FirecrackerMonitor(FirecrackerMonitor.Find(options.Firecracker)),
                new Solo5Monitor(MonitorKind.Spt, Solo5Monitor.Find(options.Solo5, Spt), qemu.KvmReason),
                new Solo5Monitor(MonitorKind.Hvt, Solo5Monitor.Find(options.Solo5, Hvt), qemu.KvmReason),
            ];
        }
    }

    /// <summary>The microVM tier; whether it works is tried when it is asked for.</summary>
    internal static MicrovmTier Microvm(NodeOptions options, NodePaths paths, ProcessIsolator isolator, JailRoots jails, JailGround ground, IdRangePool ranges, ILogger log, TimeProvider clock)
    {
        if (options.Microvm.MergeMemory && new Ksm().TurnOn() is { } told)
        {
            log.Merging(told);
        }

        var roots = new MachineRoots(jails);
        var layers = new LayerDisks(Path.Combine(paths.Root, "microvm"), isolator);
        var documents = new MachineDocuments(options.Microvm, layers);
        var maker = new TemplateMaker(Path.Combine(paths.Run, "templates"), isolator, ground, documents, options);
        var templates = options.Microvm.EnableTemplate ? new Templates(maker.Make, log, clock) : null;
        var servers = new VolumeServers(isolator, roots, ground, options.Microvm);
        var writable = new WritableDisks(Path.Combine(paths.Root, "microvm", "empty"), isolator.Launchpad, options.Microvm);
        var places = new MachineJails(isolator, ground, documents);
        var parking = new ParkedMaker(isolator, ground, places, documents, writable, ranges, paths, options);
        var pool = templates is not null && options.Microvm.CacheNumber > 0 ? new MachinePool(parking.Make, parking.End, templates, options.Microvm, log, clock) : null;
        var machines = Of(templates, pool);
        return new MicrovmTier(
            isolator,
            paths,
            machines,
            new Carriers(roots, ground, clock),
            layers,
            writable,
            new MicrovmTrial(Of(null, null), paths, options, clock),
            new MachineUpdate(ground, options.Microvm),
            options.Microvm);

        Machines Of(Templates? copied, MachinePool? waiting) => new(isolator, roots, ground, places, documents, servers, copied, waiting, ranges, options.Microvm, log);
    }

    /// <summary>The sandbox tier; whether it works is tried when it is asked for.</summary>
    internal static SandboxTier Sandbox(
        NodeOptions options, NodePaths paths, CgroupLayout layout, RuntimeView view, string instance, Launchpad launchpad, Stage stage, Pods.PodIndex index, TrialCache trials, TimeProvider clock)
    {
        var path = SandboxTier.Find(options.Sandbox);
        var isolator = new ProcessIsolator(
            new ProcessIsolatorOptions
            {
                RuntimePath = path ?? "runsc",
                MonitorPath = options.MonitorPath,
                RuntimeState = paths.SandboxState,
                TerminalExecPath = path is null ? null : SandboxTier.WriteTerminalExec(Path.Combine(paths.Run, "runsc-exec"), path),
                Dialect = new RunscDialect(),
                NetworkOf = id => index.All.SelectMany(static p => p.Containers).FirstOrDefault(c => c.Id == id)?.Monitor.OpenNamespace("net"),
            },
            launchpad,
            stage);
        return new SandboxTier(isolator, path, Try);

        async Task<(SandboxChoice? Choice, string Reason)> Try()
        {
            var key = TrialCache.Key([path!]);
            if (trials.Load("gvisor", key) is [var version, var platform, var silence, .. var arguments])
            {
                return (new SandboxChoice(version, platform, silence, arguments), string.Empty);
            }

            var found = await new SandboxTrial(path!, layout, view, paths.Run, instance, IdRange.At(options.FirstUserId), Run, clock).Try().ConfigureAwait(false);
            if (found.Choice is { } choice)
            {
                trials.Store("gvisor", key, [choice.Version, choice.Platform, choice.Silence, .. choice.Arguments]);
            }

            return found;
        }

        async Task<(int? Code, string Output)> Run(RuntimeView seen, string program, IReadOnlyList<string> arguments, TimeSpan patience)
        {
            using var threads = new ViewThreads();
            return await threads.Run(seen, program, arguments, patience).ConfigureAwait(false);
        }
    }

    /// <summary>The wasm tier, on the isolator of the process tier; whether it works is tried when it is asked for.</summary>
    internal static WasmTier Wasm(
        NodeOptions options, NodePaths paths, CgroupLayout layout, RuntimeChoice runtime, string runtimePath, string instance, ProcessIsolator isolator, JailRoots roots, TimeProvider clock) => new(
        isolator,
        new WasmTierOptions { Program = WasmTier.Find(options.Wasm), AllowsSockets = options.WasmSockets, Processor = Processor() },
        roots,
        new WasmCodeStore(paths.WasmCode, options.WasmCodeMax),
        new WasmCompileJail(isolator, runtimePath, runtime, layout, paths.WasmCompile, instance, new SeccompProfiles().For, IdRange.At(options.FirstUserId), clock));

    /// <summary>Model and features of the first processor (proc_cpuinfo(5)), without what changes from one moment to the next.</summary>
    private static string Processor()
    {
        var lines = File.ReadLines("/proc/cpuinfo").TakeWhile(static l => l.Length > 0)
            .Where(static l => !l.StartsWith("cpu MHz", StringComparison.Ordinal) && !l.StartsWith("bogomips", StringComparison.OrdinalIgnoreCase));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))));
    }
}
