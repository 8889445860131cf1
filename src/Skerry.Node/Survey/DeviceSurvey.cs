using Skerry.Node.Isolation;
using Skerry.Node.Isolation.Process;
using Skerry.Node.Policy;

namespace Skerry.Node.Survey;

/// <summary>
/// What is known of this device, for the planner. Nothing is tried on the way of a pod that does not ask for it: trials run once a boot in
/// the background, or when somebody waits for them, and until then what has not been tried counts as not there. What a trial depends on is
/// looked at with each question: a device or program that vanished, came or changed makes its trial void.
/// </summary>
/// <remarks>Safe for several threads.</remarks>
/// <param name="machine">What the kernel says without a trial.</param>
/// <param name="tiers">The tiers.</param>
/// <param name="lattice">Says which tiers want KVM.</param>
/// <param name="trials">What is kept of trials.</param>
/// <param name="tryKvm">The trial of KVM; blocks.</param>
/// <param name="identity">What a file or device is at present.</param>
internal sealed class DeviceSurvey(DeviceProfile machine, TierSet tiers, Lattice lattice, TrialCache trials, Func<KvmVerdict> tryKvm, Func<string, string> identity)
{
    private readonly Lock _gate = new(); // guards what follows
    private readonly Dictionary<string, (Task<TierVerdict> Trial, string Ground)> _trials = new(StringComparer.Ordinal);
    private (Task<KvmVerdict> Trial, string Ground)? _kvm;

    /// <summary>What is known now. Costs a look at each file that a trial depends on.</summary>
    internal DeviceProfile Now()
    {
        var kvm = KvmNow();
        var standings = new TierStanding[tiers.All.Count];
        for (var i = 0; i < standings.Length; i++)
        {
            standings[i] = Standing(tiers.All[i], Known(tiers.All[i], tryIt: false), kvm);
        }

        return machine with { Kvm = kvm, Tiers = standings };
    }

    /// <summary>Waits until a tier has been tried.</summary>
    internal async Task Know(string name)
    {
        if (tiers.TryFind(name) is { } tier)
        {
            if (lattice.Find(name) is { NeedsKvm: true })
            {
                await Kvm().ConfigureAwait(false);
            }

            _ = await Known(tier, tryIt: true)!.ConfigureAwait(false);
        }
    }

    /// <summary>Waits until KVM has been tried.</summary>
    internal Task<KvmVerdict> Kvm()
    {
        lock (_gate)
        {
            var ground = identity(KvmProbe.Device);
            if (_kvm is not { } known || known.Ground != ground || known.Trial.IsFaulted)
            {
                _kvm = known = (Task.Run(tryKvm), ground);
            }

            return known.Trial;
        }
    }

    /// <summary>Forgets what was tried: it is tried anew when it is next waited for.</summary>
    internal void Forget()
    {
        lock (_gate)
        {
            trials.Clear();
            _kvm = null;
            foreach (var tier in tiers.All)
            {
                Void(tier);
            }
        }
    }

    /// <summary>Tries, one after the other, what nobody asked for yet; not what would only be emulated.</summary>
    internal async Task KnowWhatAutoTakes(CancellationToken cancel)
    {
        var kvm = await Kvm().ConfigureAwait(false);
        foreach (var tier in tiers.All)
        {
            cancel.ThrowIfCancellationRequested();
            if (kvm.Usable == true || lattice.Find(tier.Name) is not { NeedsKvm: true })
            {
                await Know(tier.Name).ConfigureAwait(false);
            }
        }
    }

    private KvmVerdict KvmNow()
    {
        lock (_gate)
        {
            if (_kvm is { } known && known.Ground != identity(KvmProbe.Device))
            {
                _kvm = null;
            }

            return _kvm is { Trial.IsCompletedSuccessfully: true } found ? found.Trial.Result : machine.Kvm;
        }
    }

    private Task<TierVerdict>? Known(Tier tier, bool tryIt)
    {
        var ground = string.Join('\n', tier.StandsOn.Select(identity));
        lock (_gate)
        {
            if (_trials.TryGetValue(tier.Name, out var known) && (known.Ground != ground || (known.Trial.IsFaulted && tryIt)))
            {
                // Somebody knew it, and what was known is wrong.
                Void(tier);
                known = default;
                tryIt = true;
            }

            // The process tier was tried when the node chose its runtime.
            if (known.Trial is null && (tryIt || tier is ProcessTier))
            {
                _trials[tier.Name] = known = (tier.Tried, ground);
            }

            return known.Trial;
        }
    }

    private void Void(Tier tier)
    {
        tier.Forget();
        _trials.Remove(tier.Name);
    }

    private TierStanding Standing(Tier tier, Task<TierVerdict>? trial, KvmVerdict kvm)
    {
        var needsKvm = lattice.Find(tier.Name) is { NeedsKvm: true };
        if (trial is not { IsCompletedSuccessfully: true })
        {
            return needsKvm && kvm.Usable == false
                ? new TierStanding(tier.Name, Fitness.Untried, string.Empty, $"it would be emulated, and has not been tried: {kvm.Reason}", $"{kvm.Remedy}; or ask for it as it is: --tier {tier.Name}")
                : TierStanding.Untried(tier.Name);
        }

        var found = trial.Result;
        var standing = !found.Works ? TierStanding.No(tier.Name, found.Reason, found.Next)
            : !found.IsSlow ? TierStanding.Works(tier.Name, found.Detail)
            : needsKvm ? new TierStanding(tier.Name, Fitness.Emulated, found.Detail, kvm.Reason, kvm.Remedy)
            : new TierStanding(tier.Name, Fitness.Slow, found.Detail, string.Empty, string.Empty);
        return standing with { Tees = tier.Tees };
    }
}
