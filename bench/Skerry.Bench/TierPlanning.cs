using BenchmarkDotNet.Attributes;
using Skerry.Node.Policy;

namespace Skerry.Bench;

/// <summary>The planner's decision, made for each pod; 50 µs are the most that it may take.</summary>
[MemoryDiagnoser]
public class TierPlanning
{
    private Lattice lattice = null!;
    private DeviceProfile device = null!;

    [GlobalSetup]
    public void Setup()
    {
        lattice = LatticeFile.Parse(LatticeFile.BuiltIn, "built in");
        device = new DeviceProfile
        {
            Architecture = "x86_64",
            CoreMillis = 2000,
            MemoryBytes = 24L << 30,
            Kvm = new KvmVerdict(false, 1_500_000, "/dev/kvm emulates", "enable virtualisation"),
            Tees = [],
            Tiers =
            [
                TierStanding.Works("process", "a hardened container"),
                new TierStanding("sandbox", Fitness.Slow, "gVisor by ptrace", string.Empty, string.Empty),
                new TierStanding("microvm", Fitness.Emulated, "QEMU", "/dev/kvm emulates", "enable virtualisation"),
                TierStanding.Works("wasm", "Wasmtime"),
                new TierStanding("unikernel", Fitness.Emulated, "QEMU", "/dev/kvm emulates", "enable virtualisation"),
            ],
        };
    }

    [Benchmark(Description = "nothing asked for")]
    public object Auto() => TierPlanner.Decide(device, new PodDemand(), lattice);

    [Benchmark(Description = "a tier that is named")]
    public object Named() => TierPlanner.Decide(device, new PodDemand { Tier = "sandbox" }, lattice);

    [Benchmark(Description = "a minimum that few tiers satisfy")]
    public object Minimum() => TierPlanner.Decide(device, new PodDemand { Minimum = "microvm" }, lattice);

    [Benchmark(Description = "a refusal")]
    public object Refusal() => TierPlanner.Decide(device, new PodDemand { Minimum = "sandbox", Broken = Broken }, lattice);

    private static readonly Dictionary<string, string> Broken = new(StringComparer.Ordinal) { ["sandbox"] = "it is gone", ["microvm"] = "it is gone" };
}
