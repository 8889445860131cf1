using Skerry.Node.Configuration;
using Skerry.Node.Isolation.Cgroups;
using Skerry.Node.Isolation.Runtime;
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
}
