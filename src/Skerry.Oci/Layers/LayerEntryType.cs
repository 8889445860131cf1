namespace Skerry.Oci.Layers;

/// <summary>What an entry of a layer is.</summary>
public enum LayerEntryType
{
    /// <summary>Regular file.</summary>
    File,

    /// <summary>Hard link to an earlier entry: <see cref="LayerEntry.HardLinkPath"/>.</summary>
    HardLink,

    /// <summary>Symbolic link: <see cref="LayerEntry.LinkTarget"/>.</summary>
    Symlink,

    /// <summary>Character device.</summary>
    CharDevice,

    /// <summary>Block device.</summary>
    BlockDevice,

    /// <summary>Directory.</summary>
    Directory,

    /// <summary>Named pipe.</summary>
    Fifo,
}

/// <summary>What an entry's name says about lower layers (OCI image-spec v1.1 layer.md#whiteouts).</summary>
public enum WhiteoutKind
{
    /// <summary>Nothing: an ordinary entry.</summary>
    None,

    /// <summary><c>.wh.NAME</c>: NAME of the lower layers is gone; <see cref="LayerEntry.WhiteoutTarget"/>.</summary>
    Remove,

    /// <summary><c>.wh..wh..opq</c>: everything the lower layers have in this directory is gone; <see cref="LayerEntry.WhiteoutTarget"/> is the directory.</summary>
    Opaque,

    /// <summary>Another <c>.wh..wh.</c> name: bookkeeping of AUFS, to be skipped.</summary>
    Ignored,
}

/// <summary>When a file changed: seconds and nanoseconds since 1970 UTC. Nanoseconds are 0 to 999 999 999 also before 1970.</summary>
public readonly record struct FileTime(long Seconds, int Nanoseconds);

/// <summary>Data of a sparse file: <paramref name="Length"/> bytes at <paramref name="Offset"/>; what no segment covers is a hole.</summary>
public readonly record struct SparseSegment(long Offset, long Length);

/// <summary>An extended attribute: its full name (<c>security.capability</c>) and raw value.</summary>
public readonly record struct ExtendedAttribute(string Name, ReadOnlyMemory<byte> Value);
