namespace Skerry.Guard.Recorder;

/// <summary>The numbers of the recording's format; docs/formats/record.md says what they mean.</summary>
internal static class RecordFormat
{
    /// <summary>"SKRB", the first bytes of a block.</summary>
    public const uint Magic = 0x42524B53;

    /// <summary>Changes when old readers cannot read what is written.</summary>
    public const ushort Version = 1;

    /// <summary>Of a block whose head has losses behind its containers; without losses a block is as old readers know it.</summary>
    public const ushort VersionWithLosses = 2;

    /// <summary>Bytes of a head before its containers.</summary>
    public const int FixedHead = 64;

    /// <summary>Checksums behind the containers: of the content, of the head.</summary>
    public const int HeadTail = 8;

    /// <summary>Bytes of a head that are believed.</summary>
    public const int MaxHead = 8 << 20;

    /// <summary>Bytes of a content that are believed, unpacked.</summary>
    public const int MaxRaw = 64 << 20;

    /// <summary>Bytes of a content that are believed, packed: what zstd makes of random bytes is a little longer.</summary>
    public const int MaxStored = MaxRaw + (1 << 20);

    /// <summary>Rows of one table.</summary>
    public const int MaxRows = 1 << 17;

    /// <summary>Bytes of one table.</summary>
    public const int MaxTable = 8 << 20;

    /// <summary>Bytes that are made of a block's texts when its facts are read: command lines, and names of labels.</summary>
    public const int MaxMade = 32 << 20;

    /// <summary>Bytes of the texts of one event.</summary>
    public const int MaxEvent = 8 << 20;

    /// <summary>Kinds of events in a block.</summary>
    public const int MaxTypes = 1024;

    /// <summary>Containers in a block.</summary>
    public const int MaxContainers = 4096;

    /// <summary>Losses in a head.</summary>
    public const int MaxLosses = 1024;

    /// <summary>Bytes of a name in a head; longer ones are cut.</summary>
    public const int MaxName = 255;

    /// <summary>Unpacked bytes after which a block is complete.</summary>
    public const int FullRaw = 1 << 20;

    /// <summary>Events after which a block is complete.</summary>
    public const int FullEvents = 1 << 16;
}
