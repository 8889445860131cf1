using System.Runtime.CompilerServices;

namespace Skerry.Guard.Recorder;

/// <summary>Bytes that grow at their end: numbers in as few bytes as they need, and bytes as they are. Room stays for the next block.</summary>
internal sealed class ByteColumn
{
    private const int FirstSize = 1024;
    private const int LongestNumber = 10;

    private byte[] _bytes = new byte[FirstSize];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, Length);

    public byte[] Buffer => _bytes;

    public void Clear() => Length = 0;

    /// <summary>Takes back what was written since the column had this length.</summary>
    public void Cut(int length) => Length = length;

    /// <summary>Seven bits a byte, the lowest first; the highest bit says that more follows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(ulong value)
    {
        if (_bytes.Length - Length < LongestNumber)
        {
            Grow(LongestNumber);
        }

        if (value < 0x80)
        {
            _bytes[Length++] = (byte)value;
            return;
        }

        WriteLong(value);
    }

    /// <summary>Numbers near zero are short, whatever their sign.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteSigned(long value) => Write((ulong)((value << 1) ^ (value >> 63)));

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_bytes.Length - Length < bytes.Length)
        {
            Grow(bytes.Length);
        }

        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
    }

    private void WriteLong(ulong value)
    {
        var at = Length;
        for (; value >= 0x80; value >>= 7)
        {
            _bytes[at++] = (byte)(value | 0x80);
        }

        _bytes[at++] = (byte)value;
        Length = at;
    }

    private void Grow(int room) => Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + room));
}
