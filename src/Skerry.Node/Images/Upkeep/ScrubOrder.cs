namespace Skerry.Node.Images.Upkeep;

/// <summary>How a scrub is to go about it.</summary>
internal sealed record ScrubOrder
{
    /// <summary>What is wrong is mended by fetching it again.</summary>
    public bool Repair { get; init; }

    /// <summary>Holds it back; null: as fast as it can.</summary>
    public ScrubPace? Pace { get; init; }

    /// <summary>What is not to be read: digests of blobs and names of layers. It grows with what was.</summary>
    public HashSet<string> Passed { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Called with each blob and layer that was read.</summary>
    public Action<string>? OnPassed { get; init; }
}
