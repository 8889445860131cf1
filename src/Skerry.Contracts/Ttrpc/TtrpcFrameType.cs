namespace Skerry.Contracts.Ttrpc;

/// <summary>What a frame carries (containerd/ttrpc, PROTOCOL.md, "Message Frame").</summary>
public enum TtrpcFrameType : byte
{
    /// <summary>Opens a stream; a <see cref="Wire.Request"/>.</summary>
    Request = 1,

    /// <summary>Ends a stream; a <see cref="Wire.Response"/>.</summary>
    Response = 2,

    /// <summary>A message of a stream, bare.</summary>
    Data = 3,
}
