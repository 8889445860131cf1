namespace Skerry.Oci;

/// <summary>How a layer's tar is compressed.</summary>
public enum LayerCompression
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>gzip (RFC 1952), one or more members.</summary>
    Gzip,

    /// <summary>Zstandard (RFC 8878), one or more frames.</summary>
    Zstd,
}
