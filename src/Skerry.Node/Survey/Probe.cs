namespace Skerry.Node.Survey;

/// <summary>One thing to try on this machine.</summary>
/// <param name="Group">tier, runtime, cgroup, security, network, storage, guard, enforcement, accelerator.</param>
/// <param name="Name">Its name, unique in the group.</param>
/// <param name="Try">Tries it; may block, may throw what the machine throws. Leaves nothing behind.</param>
internal sealed record Probe(string Group, string Name, Func<ProbeResult> Try);

/// <summary>What a trial found.</summary>
/// <param name="Available">It worked.</param>
/// <param name="Detail">Version, mode, place.</param>
/// <param name="Reason">Why not, and what would make it possible; empty where it worked.</param>
internal readonly record struct ProbeResult(bool Available, string Detail, string Reason)
{
    /// <summary>slow or emulated, where it works so.</summary>
    internal string Pace { get; init; } = string.Empty;

    internal static ProbeResult Yes(string detail) => new(true, detail, string.Empty);

    internal static ProbeResult No(string reason, string detail = "") => new(false, detail, reason);
}
