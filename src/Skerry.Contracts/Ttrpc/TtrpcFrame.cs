using System.Buffers;
using System.Buffers.Binary;
using Google.Protobuf;

namespace Skerry.Contracts.Ttrpc;

/// <summary>
/// One frame: ten bytes of header (length, stream, type, flags; big endian), then the payload (containerd/ttrpc, PROTOCOL.md).
/// </summary>
/// <param name="Stream">Odd: clients open streams, and each has a number higher than the one before.</param>
/// <param name="Type">What the payload is.</param>
/// <param name="Flags">What follows on the stream.</param>
/// <param name="Payload">Valid until the reader that gave it is asked for room again.</param>
public readonly record struct TtrpcFrame(uint Stream, TtrpcFrameType Type, TtrpcFrameFlags Flags, ReadOnlyMemory<byte> Payload)
{
    /// <summary>Bytes of a header.</summary>
    public const int HeaderSize = 10;

    /// <summary>Most bytes of a payload (PROTOCOL.md: 4 MiB).</summary>
    public const int MaxPayload = 4 << 20;

    /// <summary>Appends a frame with a message, or with none.</summary>
    /// <exception cref="ArgumentException">The message is larger than <see cref="MaxPayload"/>.</exception>
    public static void Write(IBufferWriter<byte> output, uint stream, TtrpcFrameType type, TtrpcFrameFlags flags, IMessage? message)
    {
        ArgumentNullException.ThrowIfNull(output);
        var size = message?.CalculateSize() ?? 0;
        if (size > MaxPayload)
        {
            throw new ArgumentException($"a message of {size} bytes is more than ttrpc carries in a frame, {MaxPayload}", nameof(message));
        }

        var frame = output.GetSpan(HeaderSize + size)[..(HeaderSize + size)];
        BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)size);
        BinaryPrimitives.WriteUInt32BigEndian(frame[4..], stream);
        frame[8] = (byte)type;
        frame[9] = (byte)flags;
        message?.WriteTo(frame[HeaderSize..]);
        output.Advance(frame.Length);
    }
}
