namespace Skerry.Oci.Layers;

/// <summary>One entry of a layer, as the archive tells it; nothing is judged but what cannot be represented.</summary>
/// <remarks>
/// Text is as <see cref="PathBytes.Decode"/> makes it. An entry whose <see cref="SafePath"/> (or, for a hard link,
/// <see cref="HardLinkPath"/>) is refused must not be unpacked; the caller refuses the layer with that reason.
/// </remarks>
public sealed class LayerEntry
{
    /// <summary>The path as it stands in the archive.</summary>
    public required string RawPath { get; init; }

    /// <summary>The cleaned path, or why there is none.</summary>
    public required SafePath SafePath { get; init; }

    /// <summary>What it is.</summary>
    public required LayerEntryType Type { get; init; }

    /// <summary>Permission, set-id and sticky bits (07777).</summary>
    public required int Mode { get; init; }

    /// <summary>Owner, 0 to 2^32-2.</summary>
    public required uint Uid { get; init; }

    /// <summary>Group, 0 to 2^32-2.</summary>
    public required uint Gid { get; init; }

    /// <summary>Bytes of a file as it will be on disk, holes included; 0 for all else.</summary>
    public required long Size { get; init; }

    /// <summary>When it changed.</summary>
    public required FileTime MTime { get; init; }

    /// <summary>The target of a link as it stands in the archive; empty for all else.</summary>
    public string LinkTarget { get; init; } = "";

    /// <summary>The cleaned target of a hard link, or why it is refused; not meaningful otherwise.</summary>
    public SafePath HardLinkPath { get; init; }

    /// <summary>Major number of a device.</summary>
    public uint DeviceMajor { get; init; }

    /// <summary>Minor number of a device.</summary>
    public uint DeviceMinor { get; init; }

    /// <summary>Extended attributes; never null.</summary>
    public IReadOnlyList<ExtendedAttribute> Xattrs { get; init; } = [];

    /// <summary>Data of a sparse file in ascending order, without overlap; null for a file without holes.</summary>
    public IReadOnlyList<SparseSegment>? Segments { get; init; }

    /// <summary>What the name says about lower layers.</summary>
    public WhiteoutKind Whiteout { get; init; }

    /// <summary>What a whiteout removes, or the directory that is made opaque.</summary>
    public SafePath WhiteoutTarget { get; init; }

    /// <summary>Owner's name in the archive; empty for none. Numbers count, names are for display.</summary>
    public string UserName { get; init; } = "";

    /// <summary>Group's name in the archive; empty for none.</summary>
    public string GroupName { get; init; } = "";

    /// <summary>Where the entry's header begins in the tar, in bytes.</summary>
    public long Offset { get; init; }

    /// <summary>For messages: type and printable path.</summary>
    public override string ToString() => $"{Type} {PathBytes.Printable(RawPath)}";
}
