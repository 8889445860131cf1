namespace Skerry.Oci.Layers;

/// <summary>How much a layer may ask for: a bomb is refused while it is read, not after.</summary>
public sealed record LayerLimits
{
    /// <summary>Limits that real images keep to with room to spare.</summary>
    public static LayerLimits Default { get; } = new();

    /// <summary>Most bytes of tar that come out of decompression, and the largest file.</summary>
    public long MaxUnpackedBytes { get; init; } = 64L << 30;

    /// <summary>Most bytes out per byte in, once <see cref="RatioGrace"/> bytes came out. DEFLATE itself ends near 1032.</summary>
    public int MaxRatio { get; init; } = 1000;

    /// <summary>Bytes that may come out before the ratio is looked at: small layers of zeros are normal.</summary>
    public long RatioGrace { get; init; } = 256L << 20;

    /// <summary>Most entries.</summary>
    public int MaxEntries { get; init; } = 4_000_000;

    /// <summary>Longest path or link target in bytes (Linux PATH_MAX).</summary>
    public int MaxPathBytes { get; init; } = 4096;

    /// <summary>Longest component of a path in bytes (Linux NAME_MAX).</summary>
    public int MaxNameBytes { get; init; } = 255;

    /// <summary>Largest value of an extended attribute in bytes (Linux XATTR_SIZE_MAX).</summary>
    public int MaxXattrValueBytes { get; init; } = 65536;

    /// <summary>Most bytes of names and values of one entry's extended attributes.</summary>
    public int MaxXattrBytes { get; init; } = 256 * 1024;

    /// <summary>Most extended attributes of one entry; images have a handful.</summary>
    public int MaxXattrs { get; init; } = 1024;

    /// <summary>Largest PAX extended header in bytes.</summary>
    public int MaxPaxBytes { get; init; } = 1 << 20;

    /// <summary>Most data segments of a sparse file.</summary>
    public int MaxSparseSegments { get; init; } = 1 << 18;

    /// <summary>Refuse an archive that ends without its end marker (two blocks of zeros). Off: some old builders leave it out, and the digest of the layer tells a cut.</summary>
    public bool RequireEndMarker { get; init; }

    /// <summary>Take bytes other than zero after the end marker, without looking at them.</summary>
    public bool AllowTrailingBytes { get; init; }
}
