namespace Skerry.Guard.Recorder;

/// <summary>Reads a section or a row from front to back, never past its end.</summary>
internal struct ByteCursor(byte[] bytes, int start, int length, string what)
{
    private readonly int _end = start + length;
    private int _at = start;

    public readonly bool IsAtEnd => _at == _end;

    /// <summary>Bytes that are left.</summary>
    public readonly int Left => _end - _at;

    /// <exception cref="RecordFormatException">The number goes on past the end, or past 64 bits.</exception>
    public ulong Read()
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            if (_at == _end)
            {
                throw Wrong("ends within a number");
            }

            var next = bytes[_at++];
            if (shift == 63 && next > 1)
            {
                throw Wrong("has a number of more than 64 bits");
            }

            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }

    public long ReadSigned()
    {
        var value = Read();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>A number below a bound.</summary>
    public int ReadBelow(int bound, string of)
    {
        var value = Read();
        return value < (ulong)bound ? (int)value : throw Wrong($"names {of} {value} of {bound}");
    }

    /// <summary>A number from 0 to as many as can be in what is left, a byte each at least.</summary>
    public int ReadCount(string of)
    {
        var value = Read();
        return value <= (ulong)Left ? (int)value : throw Wrong($"has {value} {of} in {Left} bytes");
    }

    public int ReadInt() => (int)ReadSigned();

    /// <summary>Bytes as they are; gives where they begin.</summary>
    public int Skip(int count)
    {
        if (count > Left)
        {
            throw Wrong($"ends within {count} bytes");
        }

        var at = _at;
        _at += count;
        return at;
    }

    /// <exception cref="RecordFormatException">Something is left.</exception>
    public readonly void End()
    {
        if (!IsAtEnd)
        {
            throw Wrong($"goes on for {Left} bytes behind its end");
        }
    }

    public readonly RecordFormatException Wrong(string why) => new($"{what} {why}, at byte {_at} of the content");
}
