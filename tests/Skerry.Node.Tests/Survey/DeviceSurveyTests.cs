using Skerry.Node.Isolation;
using Skerry.Node.Isolation.Process;
using Skerry.Node.Policy;
using Skerry.Node.Survey;
using Skerry.Node.Tests.Policy;

namespace Skerry.Node.Tests.Survey;

/// <summary>When tiers are tried, and when what was found is void.</summary>
public sealed class DeviceSurveyTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("skerry-survey-");
    private readonly Dictionary<string, string> _identities = [];
    private int _kvmTrials;

    [Fact]
    public async Task Nothing_is_tried_before_somebody_asks_and_then_once()
    {
        var sandbox = new TriedTier("sandbox", TierVerdict.Yes("runsc", "gVisor by systrap"));
        var survey = Survey(Devices.GoodKvm, sandbox);
        Assert.Equal((Fitness.Untried, (bool?)null, 0, 0), (survey.Now().StandingOf("sandbox")!.Fitness, survey.Now().Kvm.Usable, sandbox.Trials, _kvmTrials));
        await survey.Know("sandbox");
        await survey.Know("sandbox");
        Assert.Equal((Fitness.Works, 1, 0), (survey.Now().StandingOf("sandbox")!.Fitness, sandbox.Trials, _kvmTrials));
        await survey.Kvm();
        await survey.Kvm();
        Assert.Equal((true, 1), (survey.Now().Kvm.Usable, _kvmTrials));
    }

    [Fact]
    [Trait("Promise", "P-74")]
    public async Task What_vanishes_comes_or_changes_makes_its_trial_void_at_the_next_decision()
    {
        var sandbox = new TriedTier("sandbox", TierVerdict.Yes("runsc", "gVisor by systrap")) { Ground = "/usr/bin/runsc" };
        var survey = Survey(Devices.GoodKvm, sandbox);
        await survey.Kvm();
        await survey.Know("sandbox");

        sandbox.Verdict = TierVerdict.No("runsc is not there any more");
        _identities["/usr/bin/runsc"] = "absent";
        _identities[KvmProbe.Device] = "absent";
        Assert.Equal((Fitness.No, (bool?)null), (survey.Now().StandingOf("sandbox")!.Fitness, survey.Now().Kvm.Usable));
        Assert.Equal(2, sandbox.Trials);
        await survey.Kvm();
        Assert.Equal(2, _kvmTrials);
        _ = survey.Now();
        Assert.Equal((2, 2), (sandbox.Trials, _kvmTrials));
    }

    [Theory]
    [InlineData(true, 1, 1)]
    [InlineData(false, 1, 0)]
    public async Task What_would_be_emulated_is_not_tried_unasked(bool kvm, int sandboxTrials, int machineTrials)
    {
        var sandbox = new TriedTier("sandbox", TierVerdict.Yes("runsc", "gVisor by ptrace", isSlow: true));
        var machine = new TriedTier("microvm", TierVerdict.Yes("qemu", "QEMU", isSlow: !kvm));
        var survey = Survey(kvm ? Devices.GoodKvm : Devices.NoKvm, sandbox, machine);
        await survey.KnowWhatAutoTakes(CancellationToken.None);
        Assert.Equal((sandboxTrials, machineTrials), (sandbox.Trials, machine.Trials));
        Assert.Equal(Fitness.Slow, survey.Now().StandingOf("sandbox")!.Fitness);
        await survey.Know("microvm");
        Assert.Equal(kvm ? Fitness.Works : Fitness.Emulated, survey.Now().StandingOf("microvm")!.Fitness);
    }

    [Fact]
    public async Task Who_wants_everything_tried_anew_gets_it()
    {
        var sandbox = new TriedTier("sandbox", TierVerdict.Yes("runsc", "gVisor by systrap"));
        var survey = Survey(Devices.NoKvm, sandbox);
        await survey.KnowWhatAutoTakes(CancellationToken.None);
        survey.Forget();
        Assert.Equal(Fitness.Untried, survey.Now().StandingOf("sandbox")!.Fitness);
        await survey.KnowWhatAutoTakes(CancellationToken.None);
        Assert.Equal((2, 2), (sandbox.Trials, _kvmTrials));
    }

    [Fact]
    public async Task A_trial_that_failed_is_tried_again()
    {
        var sandbox = new TriedTier("sandbox", null);
        var survey = Survey(Devices.NoKvm, sandbox);
        await Assert.ThrowsAsync<IOException>(() => survey.Know("sandbox"));
        Assert.Equal(Fitness.Untried, survey.Now().StandingOf("sandbox")!.Fitness);
        sandbox.Verdict = TierVerdict.Yes("runsc", "gVisor by systrap");
        await survey.Know("sandbox");
        Assert.Equal(Fitness.Works, survey.Now().StandingOf("sandbox")!.Fitness);
    }

    [Fact]
    [Trait("Promise", "P-74")]
    public void What_a_trial_found_is_kept_for_this_boot_and_these_files()
    {
        var program = Path.Combine(_directory.FullName, "program");
        File.WriteAllText(program, "one");
        var link = Path.Combine(_directory.FullName, "link");
        File.CreateSymbolicLink(link, program);
        var cache = new TrialCache(Path.Combine(_directory.FullName, "trials.json"));
        var key = TrialCache.Key([link]);
        cache.Store("sandbox", key, ["a", "b"]);
        cache.Store("kvm", "other", ["c"]);
        Assert.Equal(["a", "b"], new TrialCache(Path.Combine(_directory.FullName, "trials.json")).Load("sandbox", TrialCache.Key([link])));
        Assert.Equal(["c"], cache.Load("kvm", "other"));

        File.WriteAllText(program, "another");
        Assert.NotEqual(key, TrialCache.Key([link]));
        Assert.Empty(cache.Load("sandbox", TrialCache.Key([link])));
        File.Delete(program);
        Assert.Contains("absent", TrialCache.Key([link]), StringComparison.Ordinal);

        File.WriteAllText(Path.Combine(_directory.FullName, "trials.json"), "{\"sandbox\": [1");
        Assert.Empty(cache.Load("sandbox", key));
        cache.Clear();
        Assert.Empty(cache.Load("kvm", "other"));
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private DeviceSurvey Survey(KvmVerdict kvm, params Tier[] tiers) => new(
        Devices.Of(4000, 8 * Devices.Gi, kvm: false) with { Kvm = new KvmVerdict(null, 0, "not tried", "") },
        new TierSet(tiers),
        Devices.BuiltIn,
        new TrialCache(Path.Combine(_directory.FullName, "trials.json")),
        () =>
        {
            _kvmTrials++;
            return kvm;
        },
        file => _identities.GetValueOrDefault(file, "there"));

    /// <summary>A tier that counts how often it is tried.</summary>
    private sealed class TriedTier(string name, TierVerdict? verdict) : Tier
    {
        private Task<TierVerdict>? _tried;

        internal TierVerdict? Verdict { get; set; } = verdict;

        internal string? Ground { get; init; }

        internal int Trials { get; private set; }

        internal override string Name => name;

        internal override ProcessIsolator Isolator => throw new InvalidOperationException("nothing is run in this test");

        internal override Task<TierVerdict> Tried => _tried ??= Try();

        internal override IReadOnlyList<string> StandsOn => Ground is null ? [] : [Ground];

        internal override void Forget() => _tried = null;

        private Task<TierVerdict> Try()
        {
            Trials++;
            return Verdict is null ? Task.FromException<TierVerdict>(new IOException("the disk is full")) : Task.FromResult(Verdict);
        }
    }
}
