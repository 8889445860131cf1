using Skerry.Node.Policy;

namespace Skerry.Node.Isolation.Process;

/// <summary>A hardened container on the node's kernel, by the runtime that the trial at the node's start chose.</summary>
internal sealed class ProcessTier(ProcessIsolator isolator, string runtime) : Tier
{
    internal const string TierName = "process";

    internal override string Name => TierName;

    /// <summary>An enclave is a device, which a container is given.</summary>
    internal override TeeKinds Tees => TeeKinds.Sgx;

    internal override ProcessIsolator Isolator => isolator;

    internal override Task<TierVerdict> Tried { get; } =
        Task.FromResult(TierVerdict.Yes(runtime, "a hardened container with its own user ids, seccomp filter and cgroup"));
}
