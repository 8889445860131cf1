using System.Buffers;
using System.Buffers.Binary;
using Skerry.Contracts.Ttrpc;
using Skerry.Contracts.Ttrpc.Wire;

namespace Skerry.Vmm.Hold;

/// <summary>Makes frames to be handed on.</summary>
internal static class Frames
{
    /// <summary>The same frame on another stream.</summary>
    internal static byte[] On(uint stream, TtrpcFrame frame)
    {
        var bytes = new byte[TtrpcFrame.HeaderSize + frame.Payload.Length];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)frame.Payload.Length);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4), stream);
        bytes[8] = (byte)frame.Type;
        bytes[9] = (byte)frame.Flags;
        frame.Payload.Span.CopyTo(bytes.AsSpan(TtrpcFrame.HeaderSize));
        return bytes;
    }

    /// <summary>Says that no more comes on a stream.</summary>
    internal static byte[] Close(uint stream) =>
        On(stream, new TtrpcFrame(stream, TtrpcFrameType.Data, TtrpcFrameFlags.RemoteClosed | TtrpcFrameFlags.NoData, ReadOnlyMemory<byte>.Empty));

    /// <summary>Ends a stream with a failure.</summary>
    internal static byte[] Fail(uint stream, TtrpcStatusCode code, string message)
    {
        var text = message.Length > TtrpcStatusException.MaxMessage ? message[..TtrpcStatusException.MaxMessage] : message;
        var buffer = new ArrayBufferWriter<byte>();
        TtrpcFrame.Write(buffer, stream, TtrpcFrameType.Response, TtrpcFrameFlags.None, new Response { Status = new Status { Code = (int)code, Message = text } });
        return buffer.WrittenSpan.ToArray();
    }
}
