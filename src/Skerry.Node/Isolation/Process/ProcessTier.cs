namespace Skerry.Node.Isolation.Process;

/// <summary>A hardened container on the node's kernel, by the runtime that the trial at the node's start chose.</summary>
internal sealed class ProcessTier(ProcessIsolator isolator, string runtime) : Tier
{
    internal const string TierName = "process";

    internal override string Name => TierName;

    internal override ProcessIsolator Isolator => isolator;

    internal override Task<TierVerdict> Tried { get; } =
        Task.FromResult(TierVerdict.Yes(runtime, "a hardened container with its own user ids, seccomp filter and cgroup"));
}
