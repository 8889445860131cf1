using System.Buffers.Binary;
using System.Text;

namespace Skerry.Cli.Wire;

/// <summary>Frames that are to leave together, in order.</summary>
internal sealed class FrameWriter
{
    private byte[] _bytes = new byte[512];
    private int _length;

    internal ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    /// <summary>The connection preface, this side's settings, and the headers that open the call (gRPC over HTTP/2).</summary>
    internal void Open(string path, int window)
    {
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.CopyTo(Take(24)); // RFC 9113, 3.4

        Head(12, FrameHead.SettingsType, 0, 0);
        Setting(FrameHead.EnablePushSetting, 0);
        Setting(FrameHead.InitialWindowSetting, (uint)window);
        Window(0, window - 65535);

        var block = new List<byte>(128);
        block.Add(0x83); // :method POST
        block.Add(0x86); // :scheme http
        Literal(block, 4, path); // :path
        Literal(block, 1, "localhost"); // :authority
        Literal(block, 31, "application/grpc"); // content-type
        Literal(block, 58, "skerry"); // user-agent
        block.Add(0); // a literal name, not indexed
        Text(block, "te");
        Text(block, "trailers");
        Head(block.Count, FrameHead.HeadersType, FrameHead.EndHeadersFlag, 1);
        block.ToArray().CopyTo(Take(block.Count));
    }

    internal void Data(ReadOnlySpan<byte> payload, bool last)
    {
        Head(payload.Length, FrameHead.DataType, last ? FrameHead.EndStreamFlag : (byte)0, 1);
        payload.CopyTo(Take(payload.Length));
    }

    internal void Reset(uint code)
    {
        Head(4, FrameHead.ResetType, 0, 1);
        BinaryPrimitives.WriteUInt32BigEndian(Take(4), code);
    }

    internal void Pong(ReadOnlySpan<byte> opaque)
    {
        Head(opaque.Length, FrameHead.PingType, FrameHead.Acknowledged, 0);
        opaque.CopyTo(Take(opaque.Length));
    }

    internal void AcknowledgeSettings() => Head(0, FrameHead.SettingsType, FrameHead.Acknowledged, 0);

    internal void Window(uint stream, int increment)
    {
        Head(4, FrameHead.WindowType, 0, stream);
        BinaryPrimitives.WriteUInt32BigEndian(Take(4), (uint)increment);
    }

    private void Setting(ushort name, uint value)
    {
        var bytes = Take(6);
        BinaryPrimitives.WriteUInt16BigEndian(bytes, name);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[2..], value);
    }

    private void Head(int length, byte type, byte flags, uint stream)
    {
        var bytes = Take(FrameHead.Size);
        bytes[0] = (byte)(length >> 16);
        bytes[1] = (byte)(length >> 8);
        bytes[2] = (byte)length;
        bytes[3] = type;
        bytes[4] = flags;
        BinaryPrimitives.WriteUInt32BigEndian(bytes[5..], stream);
    }

    private Span<byte> Take(int count)
    {
        var start = Reserve(count); // may replace the array
        return _bytes.AsSpan(start, count);
    }

    private int Reserve(int count)
    {
        var start = _length;
        if (start + count > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, start + count));
        }

        _length += count;
        return start;
    }

    /// <summary>A field that is not to be indexed, its name from the static table (RFC 7541, 6.2.2).</summary>
    private static void Literal(List<byte> block, int name, string value)
    {
        if (name < 15)
        {
            block.Add((byte)name);
        }
        else
        {
            block.Add(15);
            block.Add((byte)(name - 15));
        }

        Text(block, value);
    }

    private static void Text(List<byte> block, string value)
    {
        block.Add((byte)value.Length); // all are shorter than the 127 that would need a second octet
        block.AddRange(Encoding.ASCII.GetBytes(value));
    }
}
