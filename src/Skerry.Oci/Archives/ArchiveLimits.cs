namespace Skerry.Oci.Archives;

/// <summary>How much an image archive may ask for.</summary>
public sealed record ArchiveLimits
{
    /// <summary>Limits that real archives keep to.</summary>
    public static ArchiveLimits Default { get; } = new();

    /// <summary>Most bytes of the archive's tar.</summary>
    public long MaxBytes { get; init; } = 256L << 30;

    /// <summary>Most entries of the archive's tar.</summary>
    public int MaxEntries { get; init; } = 65536;
}
