using Skerry.Node.Policy;

namespace Skerry.Node.Tests.Policy;

/// <summary>Devices and demands for the planner: a table, and at random.</summary>
internal static class Devices
{
    internal const long Gi = 1L << 30;

    internal static readonly string[] Tiers = ["process", "wasm", "sandbox", "unikernel", "microvm"];

    internal static Lattice BuiltIn { get; } = LatticeFile.Parse(LatticeFile.BuiltIn, "built in");

    internal static KvmVerdict NoKvm { get; } = new(false, 1_500_000, "/dev/kvm emulates", "enable virtualisation");

    internal static KvmVerdict GoodKvm { get; } = new(true, 2_000_000_000, "", "");

    /// <summary>A device on which each tier does as it is said to.</summary>
    internal static DeviceProfile Of(int coreMillis, long memory, bool kvm, params (string Tier, Fitness Fitness)[] tiers) => new()
    {
        Architecture = "x86_64",
        CoreMillis = coreMillis,
        MemoryBytes = memory,
        Kvm = kvm ? GoodKvm : NoKvm,
        Tees = [.. TeeNames.Order.Select(static k => new TeeVerdict(k, false, "", $"the processor has no {TeeNames.Of(k)}", $"buy one with {TeeNames.Of(k)}"))],
        Tiers = [.. tiers.Select(static t => Standing(t.Tier, t.Fitness))],
    };

    internal static TierStanding Standing(string tier, Fitness fitness) => fitness switch
    {
        Fitness.No => TierStanding.No(tier, $"{tier} is not installed", $"apt install {tier}"),
        Fitness.Untried => TierStanding.Untried(tier),
        Fitness.Works => TierStanding.Works(tier, $"{tier} at speed"),
        _ => new TierStanding(tier, fitness, $"{tier} at a crawl", "", ""),
    };

    /// <summary>A device with trusted execution environments that its tiers can ask for.</summary>
    internal static DeviceProfile With(this DeviceProfile device, TeeKinds there) => device with
    {
        Tees = [.. device.Tees.Select(t => there.HasFlag(t.Kind) ? new TeeVerdict(t.Kind, true, "/dev/it", "", "") : t)],
        Tiers = [.. device.Tiers.Select(static t => t with { Tees = t.Tier switch { "process" => TeeKinds.Sgx, "microvm" => TeeKinds.Any, _ => TeeKinds.None } })],
    };
}
