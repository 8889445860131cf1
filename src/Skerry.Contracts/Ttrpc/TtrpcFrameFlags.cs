namespace Skerry.Contracts.Ttrpc;

/// <summary>Flags of a frame (containerd/ttrpc, PROTOCOL.md, "Flags").</summary>
[Flags]
public enum TtrpcFrameFlags : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The sender sends no more on this stream.</summary>
    RemoteClosed = 1,

    /// <summary>The sender will send more on this stream.</summary>
    RemoteOpen = 2,

    /// <summary>There is no message in this frame, as opposed to an empty one.</summary>
    NoData = 4,
}
