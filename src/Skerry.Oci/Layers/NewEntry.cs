namespace Skerry.Oci.Layers;

/// <summary>What to write about one entry; the counterpart of <see cref="LayerEntry"/>.</summary>
public sealed record NewEntry(string Path, LayerEntryType Type)
{
    /// <summary>Permission, set-id and sticky bits; 0755 for directories and 0644 for all else unless set.</summary>
    public int Mode { get; init; } = Type is LayerEntryType.Directory ? 0x1ed : Type is LayerEntryType.Symlink ? 0x1ff : 0x1a4;

    /// <summary>Owner.</summary>
    public uint Uid { get; init; }

    /// <summary>Group.</summary>
    public uint Gid { get; init; }

    /// <summary>When it changed; 1970 unless set, so that the same input gives the same bytes.</summary>
    public FileTime MTime { get; init; }

    /// <summary>Target of a link.</summary>
    public string LinkTarget { get; init; } = "";

    /// <summary>Major number of a device.</summary>
    public uint DeviceMajor { get; init; }

    /// <summary>Minor number of a device.</summary>
    public uint DeviceMinor { get; init; }

    /// <summary>Extended attributes.</summary>
    public IReadOnlyList<ExtendedAttribute> Xattrs { get; init; } = [];
}
