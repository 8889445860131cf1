namespace Skerry.Node.Configuration;

/// <summary>When a recording is synced.</summary>
internal enum RecordSync
{
    /// <summary>After each block.</summary>
    Block,

    /// <summary>When a segment is complete: fewer writes to the disk's own books, and a power cut can cost what the kernel had not written yet.</summary>
    Segment,
}
