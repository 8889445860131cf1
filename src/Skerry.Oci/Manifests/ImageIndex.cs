namespace Skerry.Oci.Manifests;

/// <summary>An image for several platforms: one manifest each (OCI image-index.md, Docker manifest list).</summary>
public sealed record ImageIndex : ParsedManifest
{
    /// <summary>The manifests in the order of the document.</summary>
    public required IReadOnlyList<Descriptor> Manifests { get; init; }

    /// <summary>The entry that runs best on <paramref name="platform"/>: best rank, then first; null when none does.</summary>
    /// <remarks>Entries of platform <c>unknown</c> are attestations and never chosen. A lone entry without a platform is taken.</remarks>
    public Descriptor? Select(Platform platform)
    {
        ArgumentNullException.ThrowIfNull(platform);
        Descriptor? best = null;
        var bestRank = int.MaxValue;
        foreach (var entry in Manifests)
        {
            if (entry.Platform is { } made && platform.Rank(made) is { } rank && rank < bestRank)
            {
                (best, bestRank) = (entry, rank);
            }
        }

        if (best is null && Manifests is [{ Platform: null } only])
        {
            return only;
        }

        return best;
    }
}
