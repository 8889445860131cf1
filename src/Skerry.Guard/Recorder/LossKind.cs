namespace Skerry.Guard.Recorder;

/// <summary>Why what happened is not in a recording. The values are those of the format.</summary>
public enum LossKind : byte
{
    /// <summary>No sensor was there.</summary>
    Away = 1,

    /// <summary>The sensor's events found no room.</summary>
    NoRoom = 2,

    /// <summary>The container made more events than it may.</summary>
    OverLimit = 3,

    /// <summary>The kernel of a sandbox could not tell them.</summary>
    Untold = 4,
}
