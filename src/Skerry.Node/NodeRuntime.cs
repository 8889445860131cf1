using Skerry.Node.Configuration;
using Skerry.Node.Isolation.Cgroups;
using Skerry.Node.Isolation.Jails;
using Skerry.Node.Isolation.Microvm;
using Skerry.Node.Isolation.Process;
using Skerry.Node.Isolation.Runtime;
using Skerry.Node.Isolation.Sandbox;
using Skerry.Node.Isolation.Spec;

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

    /// <summary>The microVM tier; whether it works is tried when it is asked for.</summary>
    internal static MicrovmTier Microvm(NodeOptions options, NodePaths paths, ProcessIsolator isolator, JailRoots jails, JailGround ground, TimeProvider clock)
    {
        var roots = new MachineRoots(jails);
        var disks = new LayerDisks(Path.Combine(paths.Root, "microvm"), isolator);
        var documents = new MachineDocuments(options.Microvm, disks);
        var templates = options.Microvm.EnableTemplate ? new Templates(Path.Combine(paths.Run, "templates"), isolator, ground, documents, options) : null;
        var machines = new Machines(isolator, roots, ground, documents, templates, options.Microvm);
        return new MicrovmTier(
            isolator,
            paths,
            machines,
            new Carriers(roots, ground, clock),
            disks,
            new MicrovmTrial(new Machines(isolator, roots, ground, documents, null, options.Microvm), paths, options, clock));
    }

    /// <summary>The sandbox tier; whether it works is tried when it is asked for.</summary>
    internal static SandboxTier Sandbox(
        NodeOptions options, NodePaths paths, CgroupLayout layout, RuntimeView view, string instance, Launchpad launchpad, Stage stage, Pods.PodIndex index, TimeProvider clock)
    {
        var path = SandboxTier.Find(options.Sandbox);
        var isolator = new ProcessIsolator(
            new ProcessIsolatorOptions
            {
                RuntimePath = path ?? "runsc",
                MonitorPath = options.MonitorPath,
                RuntimeState = paths.SandboxState,
                Dialect = new RunscDialect(),
                NetworkOf = id => index.All.SelectMany(static p => p.Containers).FirstOrDefault(c => c.Id == id)?.Monitor.OpenNamespace("net"),
            },
            launchpad,
            stage);
        return new SandboxTier(isolator, path is null ? null : new SandboxTrial(path, layout, view, paths.Run, instance, IdRange.At(options.FirstUserId), Run, clock));

        async Task<(int? Code, string Output)> Run(RuntimeView seen, string program, IReadOnlyList<string> arguments, TimeSpan patience)
        {
            using var threads = new ViewThreads();
            return await threads.Run(seen, program, arguments, patience).ConfigureAwait(false);
        }
    }
}
