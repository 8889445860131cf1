namespace Skerry.Oci.Layers;

/// <summary>How a tar ended.</summary>
public enum ArchiveEnd
{
    /// <summary>It was not read to its end.</summary>
    NotReached,

    /// <summary>With two blocks of zeros, as POSIX asks.</summary>
    Marker,

    /// <summary>With one block of zeros.</summary>
    HalfMarker,

    /// <summary>Behind an entry, without marker.</summary>
    None,
}
