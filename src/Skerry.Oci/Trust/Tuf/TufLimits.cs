namespace Skerry.Oci.Trust.Tuf;

/// <summary>Bounds for what a repository sends, where its own metadata sets none (TUF 1.0.33 §5.3.3, §5.4.1, §5.5.1, §5.6.1). Sizes are bytes.</summary>
internal static class TufLimits
{
    internal const int MaxRoot = 512 * 1024;

    internal const int MaxTimestamp = 16 * 1024;

    internal const int MaxSnapshot = 2 * 1024 * 1024;

    internal const int MaxTargets = 5 * 1024 * 1024;

    /// <summary>Most roots that one refresh walks through.</summary>
    internal const int MaxRotations = 256;

    /// <summary>Most roles that are visited for one target.</summary>
    internal const int MaxRoles = 32;

    /// <summary>Most keys, delegations, names in a snapshot, and targets in one file.</summary>
    internal const int MaxEntries = 100_000;
}
