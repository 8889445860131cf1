using Skerry.Linux;
using Skerry.Linux.Bpf;

namespace Skerry.Node.Sensors.Standing;

/// <summary>The highest rung: security hooks, in which the kernel refuses before anything is done. Tried once in the life of this daemon; without them all else goes on.</summary>
internal sealed partial class Warden
{
    private BoundFlags? _refusals; // guarded by _gate; null: not tried yet
    private string? _whyNoRefusals;

    /// <summary>What is refused in security hooks here; none where no program can be put there.</summary>
    internal BoundFlags Refusals
    {
        get
        {
            lock (_gate)
            {
                return _refusals ??= Attempt(static () => RefusalPrograms.Try(SensorResource.ReadRefusals()));
            }
        }
    }

    /// <summary>Why security hooks refuse nothing, or not all that they could; null where they do.</summary>
    internal string? WhyNoRefusals
    {
        get
        {
            lock (_gate)
            {
                _ = Refusals;
                return _whyNoRefusals;
            }
        }
    }

    /// <summary>Whether all of these are refused in security hooks.</summary>
    internal bool Refuses(BoundFlags flags) => flags != BoundFlags.None && (Refusals & flags) == flags;

    /// <summary>Puts them beside the programs of a generation, or takes over those that are there.</summary>
    private void PinRefusals(string generation)
    {
        if (_refusals is null or not BoundFlags.None)
        {
            _refusals = Attempt(() => RefusalPrograms.In(generation) is var there and not BoundFlags.None ? there : RefusalPrograms.Pin(SensorResource.ReadRefusals(), generation));
        }
    }

    private BoundFlags Attempt(Func<BoundFlags> load)
    {
        try
        {
            switch (RefusalPrograms.AreAsked)
            {
                case true:
                    var found = load();
                    _whyNoRefusals = found.HasFlag(BoundFlags.DeniesCloning) ? null : "the kernel has no hook for user namespaces; it came with Linux 6.1";
                    return found;
                case false:
                    _whyNoRefusals = "bpf is not among the security modules: add it to lsm= on the kernel's command line (CONFIG_BPF_LSM)";
                    return BoundFlags.None;
                default:
                    // A kernel that does not even take them has the better reason.
                    RefusalPrograms.Try(SensorResource.ReadRefusals());
                    _whyNoRefusals = "whether the kernel asks them is told by /sys/kernel/security/lsm, which cannot be read: mount securityfs on /sys/kernel/security";
                    return BoundFlags.None;
            }
        }
        catch (Exception error) when (error is BpfException or LinuxException or IOException or UnauthorizedAccessException or DllNotFoundException or EntryPointNotFoundException)
        {
            _whyNoRefusals = error.Message;
            return BoundFlags.None;
        }
    }
}
