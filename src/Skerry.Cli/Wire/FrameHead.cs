using System.Buffers.Binary;

namespace Skerry.Cli.Wire;

/// <summary>The nine octets before every HTTP/2 frame, and the numbers of RFC 9113 that this client uses.</summary>
internal readonly record struct FrameHead(int Length, byte Type, byte Flags, uint Stream)
{
    internal const int Size = 9;

    // Section 6: frame types.
    internal const byte DataType = 0;
    internal const byte HeadersType = 1;
    internal const byte ResetType = 3;
    internal const byte SettingsType = 4;
    internal const byte PushType = 5;
    internal const byte PingType = 6;
    internal const byte GoAwayType = 7;
    internal const byte WindowType = 8;
    internal const byte ContinuationType = 9;

    // Section 6: flags.
    internal const byte Acknowledged = 0x1;
    internal const byte EndStreamFlag = 0x1;
    internal const byte EndHeadersFlag = 0x4;
    internal const byte PaddedFlag = 0x8;
    internal const byte PriorityFlag = 0x20;

    // Section 6.5.2: settings.
    internal const ushort EnablePushSetting = 2;
    internal const ushort InitialWindowSetting = 4;
    internal const ushort MaxFrameSetting = 5;

    /// <summary>Section 7: CANCEL.</summary>
    internal const uint Cancel = 8;

    internal bool EndStream => (Flags & EndStreamFlag) != 0;

    internal bool EndHeaders => (Flags & EndHeadersFlag) != 0;

    internal static FrameHead Parse(ReadOnlySpan<byte> bytes) => new(
        (bytes[0] << 16) | (bytes[1] << 8) | bytes[2],
        bytes[3],
        bytes[4],
        BinaryPrimitives.ReadUInt32BigEndian(bytes[5..]) & int.MaxValue);

    /// <summary>The payload of a DATA or HEADERS frame without padding and priority.</summary>
    /// <exception cref="WireException">The padding is longer than the frame.</exception>
    internal ReadOnlySpan<byte> Unpad(ReadOnlySpan<byte> payload)
    {
        var start = 0;
        var end = payload.Length;
        if ((Flags & PaddedFlag) != 0)
        {
            start = 1;
            end -= payload.Length > 0 ? payload[0] : 1;
        }

        if (Type == HeadersType && (Flags & PriorityFlag) != 0)
        {
            start += 5;
        }

        return start <= end ? payload[start..end] : throw new WireException("HTTP/2: padding longer than its frame");
    }
}
