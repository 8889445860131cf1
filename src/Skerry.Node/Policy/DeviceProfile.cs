namespace Skerry.Node.Policy;

/// <summary>What the planner knows of a machine: plain values, found by trial or read from the kernel. Immutable.</summary>
internal sealed record DeviceProfile
{
    /// <summary>As uname(1) says it: x86_64, aarch64, riscv64.</summary>
    public required string Architecture { get; init; }

    /// <summary>Thousandths of a core that this machine may use: its processors, or less where a quota says so.</summary>
    public required int CoreMillis { get; init; }

    /// <summary>Memory that the kernel has (MemTotal).</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Swap (SwapTotal).</summary>
    public long SwapBytes { get; init; }

    /// <summary>Hardware virtualisation.</summary>
    public required KvmVerdict Kvm { get; init; }

    /// <summary>Each tier that this version knows, as far as it was tried.</summary>
    public required IReadOnlyList<TierStanding> Tiers { get; init; }

    /// <summary>Each kind of trusted execution environment, there or not.</summary>
    public required IReadOnlyList<TeeVerdict> Tees { get; init; }

    /// <summary>Security modules that the kernel runs.</summary>
    public IReadOnlyList<string> SecurityModules { get; init; } = [];

    /// <summary>v1, hybrid or v2.</summary>
    public string Cgroup { get; init; } = string.Empty;

    /// <summary>Devices that compute.</summary>
    public IReadOnlyList<Accelerator> Accelerators { get; init; } = [];

    /// <summary>What the node's root lies on.</summary>
    public StorageMedium Storage { get; init; }

    /// <summary>What was found of a tier; null: this version does not know it.</summary>
    internal TierStanding? StandingOf(string tier)
    {
        for (var i = 0; i < Tiers.Count; i++)
        {
            if (Tiers[i].Tier == tier)
            {
                return Tiers[i];
            }
        }

        return null;
    }

    /// <summary>The kinds of trusted execution environment that are there.</summary>
    internal TeeKinds AvailableTees()
    {
        var kinds = TeeKinds.None;
        foreach (var tee in Tees)
        {
            kinds |= tee.Available ? tee.Kind : TeeKinds.None;
        }

        return kinds;
    }
}

/// <summary>What a trial of /dev/kvm found.</summary>
/// <param name="Usable">A guest ran code in kernel mode at the speed of hardware; null: not tried yet.</param>
/// <param name="InstructionsPerSecond">What was measured; 0: no guest ran.</param>
/// <param name="Reason">Why it is not usable.</param>
/// <param name="Remedy">What would make it so.</param>
internal sealed record KvmVerdict(bool? Usable, long InstructionsPerSecond, string Reason, string Remedy);

/// <summary>What was found of one kind of trusted execution environment.</summary>
/// <param name="Kind">One kind.</param>
/// <param name="Available">Its device is there and the kernel has it switched on.</param>
/// <param name="Detail">Which device; empty where it is absent.</param>
/// <param name="Reason">Why not.</param>
/// <param name="Remedy">What would make it possible.</param>
internal sealed record TeeVerdict(TeeKinds Kind, bool Available, string Detail, string Reason, string Remedy);

/// <summary>A device that computes.</summary>
/// <param name="Kind">gpu, npu, fpga.</param>
/// <param name="Device">Its node below /dev.</param>
internal readonly record struct Accelerator(string Kind, string Device);

/// <summary>What a file system lies on.</summary>
internal enum StorageMedium
{
    /// <summary>The kernel does not say: a file system over several devices, or over another one.</summary>
    Unknown,

    /// <summary>Memory: lost with a restart of the machine.</summary>
    Memory,

    /// <summary>A disk that turns.</summary>
    Rotational,

    /// <summary>Flash behind a controller of its own (SATA, SAS, virtual).</summary>
    Flash,

    /// <summary>NVMe.</summary>
    Nvme,

    /// <summary>eMMC or an SD card: little wear levelling, slow syncs.</summary>
    Mmc,
}
