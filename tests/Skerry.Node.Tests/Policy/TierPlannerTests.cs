using System.Diagnostics;
using CsCheck;
using Skerry.Node.Policy;
using static Skerry.Node.Policy.Fitness;
using static Skerry.Node.Tests.Policy.Devices;

namespace Skerry.Node.Tests.Policy;

/// <summary>The planner on a table of devices and demands, and what must hold of every device and demand there is.</summary>
public sealed class TierPlannerTests
{
    private static readonly DeviceProfile Server = Of(8000, 16 * Gi, kvm: true, ("process", Works), ("sandbox", Works), ("microvm", Works), ("wasm", Works), ("unikernel", Works));
    private static readonly DeviceProfile Gateway = Of(2000, (4 * Gi) - (300 << 20), kvm: true, ("process", Works), ("sandbox", Slow), ("microvm", Works));
    private static readonly DeviceProfile NoKvmSystrap = Of(4000, 8 * Gi, kvm: false, ("process", Works), ("sandbox", Works), ("microvm", Emulated));
    private static readonly DeviceProfile NoKvmPtrace = Of(2000, 24 * Gi, kvm: false, ("process", Works), ("sandbox", Slow), ("microvm", Emulated), ("wasm", Works), ("unikernel", Emulated));
    private static readonly DeviceProfile Bare = Of(4000, 8 * Gi, kvm: false, ("process", Works), ("sandbox", No));
    private static readonly DeviceProfile Tiny = Of(1000, 920 << 20, kvm: true, ("process", Works), ("sandbox", Works), ("microvm", Works), ("wasm", Works), ("unikernel", Works));
    private static readonly DeviceProfile Fraction = Of(500, 2 * Gi, kvm: false, ("process", Works), ("sandbox", Works), ("wasm", Works));
    private static readonly DeviceProfile Between = Of(1000, 2 * Gi, kvm: true, ("process", Works), ("sandbox", Works), ("microvm", Works));
    private static readonly DeviceProfile Early = Of(8000, 16 * Gi, kvm: true, ("process", Works), ("sandbox", Untried), ("microvm", Untried));

    /// <summary>Device, demand, tier (or nothing: refused), what the sentence says.</summary>
    public static TheoryData<string, string, string, string> Table => new()
    {
        // The defaults by device class.
        { nameof(Server), "", "microvm", "more than 4 cores and 8 GiB" },
        { nameof(Gateway), "", "microvm", "2 cores and 4 GiB" },
        { nameof(NoKvmSystrap), "", "sandbox", "no KVM" },
        { nameof(NoKvmPtrace), "", "process", "sandbox works slowly here: sandbox at a crawl" },
        { nameof(Bare), "", "process", "sandbox does not work here: sandbox is not installed" },
        { nameof(Tiny), "", "sandbox", "less than 1 GiB" },
        { nameof(Tiny), "image=wasm", "wasm", "less than 1 GiB" },
        { nameof(Tiny), "image=unikernel", "unikernel", "less than 1 GiB" },
        { nameof(Fraction), "", "sandbox", "less than a core" },
        { nameof(Fraction), "image=wasm", "wasm", "less than a core" },
        { nameof(Between), "", "sandbox", "small" },
        { nameof(Early), "", "process", "sandbox is not known to work: it has not been tried since the machine was started" },

        // Images of a kind of their own.
        { nameof(Server), "image=wasm", "wasm", "wasm at speed" },
        { nameof(Server), "image=unikernel", "unikernel", "unikernel at speed" },
        { nameof(NoKvmPtrace), "image=unikernel", "unikernel", "though slowly" },
        { nameof(Bare), "image=wasm", "", "wasm is not in this version of Skerry" },
        { nameof(Server), "image=wasm tier=microvm", "", "does not run WebAssembly images" },
        { nameof(Server), "tier=wasm", "", "does not run container images" },

        // A tier that is named is given, or nothing is.
        { nameof(Server), "tier=process", "process", "asked for" },
        { nameof(Server), "tier=sandbox", "sandbox", "asked for; sandbox at speed" },
        { nameof(NoKvmPtrace), "tier=sandbox", "sandbox", "asked for; sandbox at a crawl" },
        { nameof(NoKvmPtrace), "tier=microvm", "microvm", "asked for; microvm at a crawl" },
        { nameof(Bare), "tier=sandbox", "", "which does not work here: sandbox is not installed, and no other tier is taken in its place" },
        { nameof(Bare), "tier=microvm", "", "is not in this version of Skerry" },
        { nameof(Server), "tier=castle", "", "the tier 'castle' is not a tier" },
        { nameof(Early), "tier=microvm", "", "is not known to work" },

        // A minimum.
        { nameof(Server), "min=sandbox", "microvm", "at least sandbox" },
        { nameof(Gateway), "min=process", "microvm", "at least process" },
        { nameof(NoKvmPtrace), "min=sandbox", "sandbox", "though slowly" },
        { nameof(NoKvmPtrace), "min=microvm", "microvm", "though slowly" },
        { nameof(NoKvmSystrap), "min=microvm", "microvm", "microvm at a crawl" },
        { nameof(Tiny), "min=microvm", "microvm", "less than 1 GiB" },
        { nameof(Bare), "min=sandbox", "", "no tier that is at least sandbox can be had: sandbox does not work here" },
        { nameof(Bare), "min=castle", "", "the minimum 'castle' is not a tier" },
        { nameof(Server), "min=microvm tier=sandbox", "", "weaker than its own minimum microvm" },
        { nameof(Server), "min=sandbox tier=microvm", "microvm", "asked for" },
        { nameof(Server), "min=sandbox tier=sandbox", "sandbox", "asked for" },

        // Trust.
        { nameof(Server), "trusted", "process", "its images are trusted" },
        { nameof(Server), "trusted min=sandbox", "microvm", "at least sandbox" },
        { nameof(Server), "trusted tier=microvm", "microvm", "asked for" },

        // What tiers say against the pod, and what broke under it.
        { nameof(Server), "against=microvm", "sandbox", "microvm refuses the pod: no devices" },
        { nameof(Server), "against=microvm,sandbox", "process", "sandbox refuses the pod" },
        { nameof(Server), "against=microvm,sandbox min=sandbox", "", "no tier that is at least sandbox" },
        { nameof(Server), "broken=microvm", "sandbox", "microvm broke under this pod" },
        { nameof(Server), "broken=microvm min=microvm", "", "microvm broke under this pod" },
        { nameof(NoKvmSystrap), "broken=sandbox min=sandbox", "microvm", "though slowly" },

        // Memory that is not there.
        { nameof(Tiny), "memory=900 min=microvm", "", "needs 128 MiB beside the 900 MiB of the pod, and the machine has 920 MiB" },
        { nameof(Tiny), "memory=900", "process", "sandbox needs 48 MiB beside the 900 MiB" },
        { nameof(Tiny), "memory=100", "sandbox", "less than 1 GiB" },
    };

    [Theory]
    [MemberData(nameof(Table))]
    [Trait("Promise", "P-70")]
    public void Each_device_gives_each_demand_its_tier_or_says_why_not(string device, string demand, string tier, string says)
    {
        var decision = TierPlanner.Decide(Named(device), Demand(demand), BuiltIn);
        if (tier.Length == 0)
        {
            var refused = Assert.IsType<TierDecision.Refused>(decision);
            Assert.Contains(says, refused.Reason, StringComparison.Ordinal);
            return;
        }

        var chosen = Assert.IsType<TierDecision.Chosen>(decision);
        Assert.True(tier == chosen.Tier, $"{chosen.Tier}: {chosen.Reason}");
        Assert.Contains(says, chosen.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(Server), "")]
    [InlineData(nameof(NoKvmPtrace), "min=microvm")]
    [InlineData(nameof(Tiny), "memory=900 min=microvm")]
    [Trait("Promise", "P-70")]
    public void A_decision_takes_less_than_50_microseconds(string device, string demand)
    {
        var (profile, asked) = (Named(device), Demand(demand));

        // Until the code is compiled as it will stay, which the runtime does when it finds the time.
        var (best, whole) = (double.MaxValue, Stopwatch.StartNew());
        while (best > 50 && whole.Elapsed < TimeSpan.FromSeconds(30))
        {
            List<double> took = [];
            for (var i = 0; i < 1000; i++)
            {
                var began = Stopwatch.GetTimestamp();
                _ = TierPlanner.Decide(profile, asked, BuiltIn);
                took.Add(Stopwatch.GetElapsedTime(began).TotalMicroseconds);
            }

            best = Math.Min(best, took.Order().ElementAt(500));
        }

        Assert.InRange(best, 0, 50);
    }

    [Theory]
    [InlineData("sandbox", "apt install sandbox")]
    [InlineData("castle", "the tiers are process, sandbox, wasm, microvm, unikernel")]
    public void A_refusal_says_what_would_make_it_possible(string tier, string remedy) =>
        Assert.Contains(remedy, Assert.IsType<TierDecision.Refused>(TierPlanner.Decide(Bare, new PodDemand { Tier = tier }, BuiltIn)).Remedy, StringComparison.Ordinal);

    [Theory]
    [InlineData(TeeKinds.SevSnp, TeeKinds.Sev | TeeKinds.SevSnp, "", "microvm", TeeKinds.SevSnp)]
    [InlineData(TeeKinds.Any, TeeKinds.Sev | TeeKinds.SevSnp | TeeKinds.Sgx, "", "microvm", TeeKinds.SevSnp)]
    [InlineData(TeeKinds.Any, TeeKinds.Sgx, "", "process", TeeKinds.Sgx)]
    [InlineData(TeeKinds.Sgx, TeeKinds.Sgx, "process", "process", TeeKinds.Sgx)]
    [InlineData(TeeKinds.Tdx, TeeKinds.Tdx, "microvm", "microvm", TeeKinds.Tdx)]
    [Trait("Promise", "P-71")]
    public void A_trusted_execution_environment_that_is_there_is_given_in_a_tier_that_can_use_it(object asked, object there, string named, string tier, object got)
    {
        var chosen = Assert.IsType<TierDecision.Chosen>(TierPlanner.Decide(Server.With((TeeKinds)there), new PodDemand { Tier = named, Tee = (TeeKinds)asked }, BuiltIn));
        Assert.Equal((tier, (TeeKinds)got), (chosen.Tier, chosen.Tee));
    }

    [Fact]
    [Trait("Promise", "P-71")]
    public void A_trusted_execution_environment_that_is_absent_is_refused_with_the_reason_of_each()
    {
        var one = Assert.IsType<TierDecision.Refused>(TierPlanner.Decide(Server, new PodDemand { Tee = TeeKinds.Tdx }, BuiltIn));
        Assert.Equal("the pod needs tdx, and this machine has none: tdx: the processor has no tdx", one.Reason);
        Assert.Equal("buy one with tdx", one.Remedy);
        var any = Assert.IsType<TierDecision.Refused>(TierPlanner.Decide(Server, new PodDemand { Tee = TeeKinds.Any }, BuiltIn));
        Assert.All(TeeNames.Order, kind => Assert.Contains($"{TeeNames.Of(kind)}: the processor has no", any.Reason, StringComparison.Ordinal));

        // There, and of no use to the tier that the pod names; or the tier only emulates.
        Assert.IsType<TierDecision.Refused>(TierPlanner.Decide(Server.With(TeeKinds.Sev), new PodDemand { Tee = TeeKinds.Any, Tier = "sandbox" }, BuiltIn));
        Assert.IsType<TierDecision.Refused>(TierPlanner.Decide(NoKvmPtrace.With(TeeKinds.Sev), new PodDemand { Tee = TeeKinds.Any, Tier = "microvm" }, BuiltIn));
    }

    [Fact]
    [Trait("Promise", "P-70")]
    public void What_must_hold_holds_of_every_device_and_every_demand()
    {
        var fitness = Gen.Enum<Fitness>();
        var devices = Gen.Select(
            AnyOf(500, 1000, 2000, 4000, 8000), AnyOf(Gi / 2, Gi, 2 * Gi, 4 * Gi, 16 * Gi), Gen.Bool, fitness.Array[5], Gen.Enum<TeeKinds>(), Gen.Int[0, 5],
            static (cores, memory, kvm, tiers, tees, known) => Of(cores, memory, kvm, [.. Tiers.Take(known).Select((t, i) => (t, tiers[i]))]).With(tees));
        var names = AnyOf("", "", "process", "sandbox", "wasm", "unikernel", "microvm", "castle");
        var demands = Gen.Select(
            names, names, Gen.Bool, AnyOf(ImageKinds.Container, ImageKinds.Wasm, ImageKinds.Unikernel, ImageKinds.Unknown), AnyOf(TeeKinds.None, TeeKinds.None, TeeKinds.Any, TeeKinds.Sgx), Gen.Int[0, 600],
            static (tier, minimum, trusted, image, tee, memory) => new PodDemand
            {
                Tier = tier, Minimum = minimum, TrustedBy = trusted ? "r.example/*" : null, Image = image, Tee = tee, MemoryBytes = (long)memory << 20,
            });
        Gen.Select(devices, demands, AnyOf(Tiers), Gen.Bool).Sample(tuple =>
        {
            var (device, demand, broken, isBroken) = tuple;
            demand = isBroken ? demand with { Broken = new Dictionary<string, string> { [broken] = "it crashed" } } : demand;
            var decision = TierPlanner.Decide(device, demand, BuiltIn);
            Assert.Equal(Said(decision), Said(TierPlanner.Decide(device, demand, BuiltIn)));
            if (decision is TierDecision.Refused refused)
            {
                Assert.NotEmpty(refused.Reason);
                return;
            }

            var chosen = Assert.IsType<TierDecision.Chosen>(decision);
            var rule = BuiltIn.Find(chosen.Tier)!;
            Assert.True(device.StandingOf(chosen.Tier)!.Fitness > Untried, "it does not work here");
            Assert.True(demand.Tier.Length == 0 || demand.Tier == chosen.Tier, "another tier than the named one");
            Assert.True(rule.Strength >= BuiltIn.Find(demand.Minimum.Length > 0 ? demand.Minimum : "process")!.Strength, "weaker than the minimum");
            Assert.True((rule.Images & demand.Image) != 0, "it does not run the image");
            Assert.False(demand.Broken.ContainsKey(chosen.Tier), "it broke");
            Assert.Equal(demand.Tee != TeeKinds.None, chosen.Tee != TeeKinds.None);
            Assert.True((chosen.Tee & ~(demand.Tee & device.AvailableTees() & rule.Tees)) == 0, "an environment that is not there");
            Assert.DoesNotContain('\n', chosen.Reason);

            // Nothing that was set aside would have been better, by the lattice's own preference.
            Assert.DoesNotContain(chosen.Considered, c => c.Tier == chosen.Tier);
        }, iter: 20_000);
    }

    [Fact]
    public void A_lattice_that_prefers_strength_takes_the_strongest_that_works()
    {
        var strong = LatticeFile.Parse(LatticeFile.BuiltIn.Replace("auto_prefers = \"speed\"", "auto_prefers = \"strength\"", StringComparison.Ordinal), "test");
        Assert.Equal("sandbox", Assert.IsType<TierDecision.Chosen>(TierPlanner.Decide(NoKvmPtrace, new PodDemand(), strong)).Tier);
    }

    [Fact]
    public void A_lattice_with_a_higher_minimum_refuses_what_the_device_cannot()
    {
        var strict = LatticeFile.Parse(LatticeFile.BuiltIn.Replace("auto_minimum = \"process\"", "auto_minimum = \"sandbox\"", StringComparison.Ordinal), "test");
        Assert.Equal("sandbox", Assert.IsType<TierDecision.Chosen>(TierPlanner.Decide(NoKvmPtrace, new PodDemand(), strict)).Tier);
        var refused = Assert.IsType<TierDecision.Refused>(TierPlanner.Decide(Bare, new PodDemand(), strict));
        Assert.Contains("at least sandbox, as the lattice wants", refused.Reason, StringComparison.Ordinal);
        Assert.IsType<TierDecision.Chosen>(TierPlanner.Decide(Bare, new PodDemand { Tier = "process" }, strict));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("skerry", "")]
    [InlineData("skerry-process", "process")]
    [InlineData("skerry-microvm", "microvm")]
    [InlineData("skerry-castle", null)]
    [InlineData("runc", null)]
    [InlineData("skerry-", null)]
    public void Runtime_classes_name_tiers(string name, string? tier) => Assert.Equal(tier, RuntimeClasses.TierOf(name, BuiltIn));

    [Fact]
    public void What_a_tier_says_would_help_is_told_and_a_lower_minimum_only_where_there_is_one()
    {
        Assert.Equal("wasm: leave them out", Assert.IsType<TierDecision.Refused>(TierPlanner.Decide(Server, Demand("image=wasm against=wasm"), BuiltIn)).Remedy);
        var mute = new PodDemand { Image = ImageKinds.Wasm, Objections = new Dictionary<string, TierObjection> { ["wasm"] = new("no terminals") } };
        Assert.Empty(Assert.IsType<TierDecision.Refused>(TierPlanner.Decide(Server, mute, BuiltIn)).Remedy);
        Assert.Equal("lower the minimum", Assert.IsType<TierDecision.Refused>(TierPlanner.Decide(Server, mute with { Minimum = "sandbox" }, BuiltIn)).Remedy);
    }

    private static string Said(TierDecision decision) => decision is TierDecision.Chosen chosen ? $"{chosen.Tier}: {chosen.Reason}" : ((TierDecision.Refused)decision).Reason;

    private static Gen<T> AnyOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static DeviceProfile Named(string name) => name switch
    {
        nameof(Server) => Server,
        nameof(Gateway) => Gateway,
        nameof(NoKvmSystrap) => NoKvmSystrap,
        nameof(NoKvmPtrace) => NoKvmPtrace,
        nameof(Bare) => Bare,
        nameof(Tiny) => Tiny,
        nameof(Fraction) => Fraction,
        nameof(Between) => Between,
        _ => Early,
    };

    private static PodDemand Demand(string words)
    {
        var demand = new PodDemand();
        foreach (var word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var value = word[(word.IndexOf('=', StringComparison.Ordinal) + 1)..];
            demand = word.Split('=')[0] switch
            {
                "tier" => demand with { Tier = value },
                "min" => demand with { Minimum = value },
                "trusted" => demand with { TrustedBy = "r.example/*" },
                "image" => demand with { Image = value == "wasm" ? ImageKinds.Wasm : ImageKinds.Unikernel },
                "memory" => demand with { MemoryBytes = long.Parse(value, global::System.Globalization.CultureInfo.InvariantCulture) << 20 },
                "against" => demand with { Objections = value.Split(',').ToDictionary(static t => t, static _ => new TierObjection("no devices", "leave them out")) },
                "broken" => demand with { Broken = value.Split(',').ToDictionary(static t => t, static _ => "it crashed") },
                _ => throw new InvalidOperationException(word),
            };
        }

        return demand;
    }
}
