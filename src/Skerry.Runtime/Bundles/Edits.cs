namespace Skerry.Runtime.Bundles;

/// <summary>What a corrected copy of a config.json says differently.</summary>
internal sealed record Edits
{
    /// <summary>The ociVersion that the runtime beneath takes; null: the bundle's own.</summary>
    internal string? OciVersion { get; init; }

    /// <summary>Set process.noNewPrivileges.</summary>
    internal bool NoNewPrivileges { get; init; }

    /// <summary>Added to linux.maskedPaths.</summary>
    internal IReadOnlyList<string> MaskedPaths { get; init; } = [];

    /// <summary>Nothing to correct.</summary>
    internal bool IsEmpty => OciVersion is null && !NoNewPrivileges && MaskedPaths.Count == 0;
}
