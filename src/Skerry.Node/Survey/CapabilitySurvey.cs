using Skerry.Contracts.Node.V1;
using Skerry.Linux;
using Skerry.Node.Isolation.Cgroups;
using Skerry.Node.Reconcile;

namespace Skerry.Node.Survey;

/// <summary>
/// Finds out what this machine can do, by trying. What was found is kept until the daemon ends or somebody asks anew: a kernel does not
/// change under a running daemon, but programs are installed. Tiers and devices are told as they are now: what the planner knows of them.
/// </summary>
/// <remarks>Safe for several threads; probes run side by side, and one that hangs is given up after <see cref="Patience"/>.</remarks>
internal sealed class CapabilitySurvey(NodeRooms rooms)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new(); // guards _found
    private Task<IReadOnlyList<Capability>>? _found;

    /// <summary>Everything, in the order of the groups.</summary>
    /// <param name="again">Try anew, and keep that.</param>
    internal async Task<IReadOnlyList<Capability>> Read(bool again = false)
    {
        var kept = Kept(again);
        var live = await Task.WhenAll(((IEnumerable<Probe>)[.. RuntimeProbes.Tiers(rooms), .. AcceleratorProbes.All(rooms.TierDesk.Survey)]).Select(Run)).ConfigureAwait(false);
        return [.. live.Where(static c => c.Group == "tier"), .. await kept.ConfigureAwait(false), .. live.Where(static c => c.Group != "tier")];
    }

    private Task<IReadOnlyList<Capability>> Kept(bool again)
    {
        lock (_gate)
        {
            // Whoever asks while a survey runs gets that one, also when asking anew.
            if (_found is null || _found.IsFaulted || (again && _found.IsCompleted))
            {
                _found = TryAll();
            }

            return _found;
        }
    }

    private async Task<IReadOnlyList<Capability>> TryAll()
    {
        using var ground = new TrialGround(rooms);
        List<Probe> probes =
        [
            .. RuntimeProbes.All(rooms),
            .. CgroupProbes.All(rooms),
            .. SecurityProbes.All(rooms, ground),
            .. NetworkProbes.All(rooms.Options),
            .. StorageProbes.All(rooms, ground),
            .. GuardProbes.All(rooms),
            .. EnforcementProbes.All(rooms, ground),
        ];
        return await Task.WhenAll(probes.Select(Run)).ConfigureAwait(false);
    }

    private async Task<Capability> Run(Probe probe)
    {
        ProbeResult result;
        try
        {
            result = await Task.Run(probe.Try).WaitAsync(Patience, rooms.Clock).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            result = ProbeResult.No(FormattableString.Invariant($"the trial did not end within {Patience.TotalSeconds:0} s; see the kernel's log (dmesg) for what hangs"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CgroupException or FormatException or InvalidOperationException)
        {
            result = ProbeResult.No(error.Message);
        }

        return new Capability { Group = probe.Group, Name = probe.Name, Available = result.Available, Detail = result.Detail, Reason = result.Reason, Pace = result.Pace ?? string.Empty };
    }
}
