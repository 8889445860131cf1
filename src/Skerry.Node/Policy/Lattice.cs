namespace Skerry.Node.Policy;

/// <summary>
/// How tiers stand to each other and what each class of device prefers: data that the user can edit (tiers.toml). Immutable; one that is
/// wrong anywhere is never made.
/// </summary>
internal sealed record Lattice
{
    /// <summary>Where it was read from: a file, or that it is the one built in.</summary>
    public required string Source { get; init; }

    /// <summary>The text that it was read from.</summary>
    public required string Text { get; init; }

    /// <summary>A pod that names neither tier nor minimum never gets less than this.</summary>
    public required string AutoMinimum { get; init; }

    /// <summary>Where a stronger tier works only slowly: take it (true), or the strongest that works at speed (false).</summary>
    public required bool PrefersStrength { get; init; }

    /// <summary>What images that the user trusts run in.</summary>
    public required string TrustedTier { get; init; }

    /// <summary>The tiers, weakest first.</summary>
    public required IReadOnlyList<TierRule> Tiers { get; init; }

    /// <summary>The classes of devices; the first that fits applies.</summary>
    public required IReadOnlyList<DeviceClass> Classes { get; init; }

    /// <summary>A tier by its name; null: there is none.</summary>
    internal TierRule? Find(string name)
    {
        for (var i = 0; i < Tiers.Count; i++)
        {
            if (Tiers[i].Name == name)
            {
                return Tiers[i];
            }
        }

        return null;
    }

    /// <summary>The names of all tiers, for a message.</summary>
    internal string Names() => string.Join(", ", Tiers.Select(static t => t.Name));
}

/// <summary>One tier.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Strength">A tier satisfies each minimum whose strength is not above its own.</param>
/// <param name="Images">What it runs.</param>
/// <param name="Overhead">Bytes of memory that a pod in it costs beyond its own.</param>
/// <param name="Tees">Trusted execution environments that make sense in it.</param>
/// <param name="NeedsKvm">It is a virtual machine: without KVM it is emulated.</param>
internal sealed record TierRule(string Name, int Strength, ImageKinds Images, long Overhead, TeeKinds Tees, bool NeedsKvm);

/// <summary>A class of devices, and what it prefers. All conditions that it has must hold.</summary>
internal sealed record DeviceClass
{
    /// <summary>Its name, for people.</summary>
    public required string Name { get; init; }

    /// <summary>More thousandths of a core than this.</summary>
    public int? CoresAbove { get; init; }

    /// <summary>So many thousandths of a core or more.</summary>
    public int? CoresFrom { get; init; }

    /// <summary>Fewer thousandths of a core than this.</summary>
    public int? CoresBelow { get; init; }

    /// <summary>So much memory or more.</summary>
    public long? MemoryFrom { get; init; }

    /// <summary>Less memory than this.</summary>
    public long? MemoryBelow { get; init; }

    /// <summary>KVM runs guests at speed, or does not.</summary>
    public bool? Kvm { get; init; }

    /// <summary>Tiers that a pod gets unasked, the best first.</summary>
    public required IReadOnlyList<string> Order { get; init; }

    /// <summary>How a virtual machine is made here: <c>full</c>, <c>small</c>, or empty.</summary>
    public string Vmm { get; init; } = string.Empty;

    /// <summary>Whether a device is of this class.</summary>
    internal bool Fits(DeviceProfile device) =>
        !(device.CoreMillis <= CoresAbove)
        && !(device.CoreMillis < CoresFrom)
        && !(device.CoreMillis >= CoresBelow)
        && !(device.MemoryBytes < MemoryFrom)
        && !(device.MemoryBytes >= MemoryBelow)
        && (Kvm is null || Kvm == (device.Kvm.Usable == true));
}
