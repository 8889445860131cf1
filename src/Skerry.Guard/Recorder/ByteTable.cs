using System.Buffers.Binary;

namespace Skerry.Guard.Recorder;

/// <summary>Byte strings, each once: a text or a row of facts gets the number under which it was first written.</summary>
/// <remarks>Hashes depend on chance, so that nobody who names files can make many of them fall into one place.</remarks>
internal sealed class ByteTable
{
    private const int FirstSlots = 1024;

    private readonly ulong _seed = (ulong)Random.Shared.NextInt64() | 1;
    private readonly ByteColumn _bytes = new();
    private int[] _ends = new int[FirstSlots];
    private uint[] _hashes = new uint[FirstSlots];
    private int[] _slots = new int[FirstSlots * 2]; // number of a row plus one; 0 is free

    public int Count { get; private set; }

    public int Length => _bytes.Length;

    public void Clear()
    {
        Array.Clear(_slots);
        _bytes.Clear();
        Count = 0;
    }

    /// <summary>The number of a string, which is written where it is new.</summary>
    /// <param name="row">The string.</param>
    /// <param name="isNew">True where it was not there.</param>
    /// <exception cref="BlockFullException">A table holds no more.</exception>
    public int Add(ReadOnlySpan<byte> row, out bool isNew)
    {
        var hash = Hash(row);
        var mask = _slots.Length - 1;
        var slot = (int)hash & mask;
        for (; _slots[slot] != 0; slot = (slot + 1) & mask)
        {
            var known = _slots[slot] - 1;
            if (_hashes[known] == hash && Row(known).SequenceEqual(row))
            {
                isNew = false;
                return known;
            }
        }

        if (Count == RecordFormat.MaxRows || row.Length > RecordFormat.MaxTable - _bytes.Length)
        {
            throw new BlockFullException();
        }

        isNew = true;
        if (Count == _ends.Length)
        {
            Array.Resize(ref _ends, Count * 2);
            Array.Resize(ref _hashes, Count * 2);
        }

        _bytes.Append(row);
        _ends[Count] = _bytes.Length;
        _hashes[Count] = hash;
        _slots[slot] = ++Count;
        if (Count * 2 > _slots.Length)
        {
            Spread();
        }

        return Count - 1;
    }

    public ReadOnlySpan<byte> Row(int number)
    {
        var start = number == 0 ? 0 : _ends[number - 1];
        return _bytes.Span[start.._ends[number]];
    }

    /// <summary>How many rows, how long each is, and all of them.</summary>
    public void Write(ByteColumn into)
    {
        into.Write((ulong)Count);
        var start = 0;
        foreach (var end in _ends.AsSpan(0, Count))
        {
            into.Write((ulong)(end - start));
            start = end;
        }

        into.Append(_bytes.Span);
    }

    private void Spread()
    {
        _slots = new int[_slots.Length * 2];
        var mask = _slots.Length - 1;
        for (var i = 0; i < Count; i++)
        {
            var slot = (int)_hashes[i] & mask;
            while (_slots[slot] != 0)
            {
                slot = (slot + 1) & mask;
            }

            _slots[slot] = i + 1;
        }
    }

    private uint Hash(ReadOnlySpan<byte> bytes)
    {
        const ulong Odd = 0x9E3779B97F4A7C15; // the golden ratio
        var hash = _seed ^ (ulong)bytes.Length;
        while (bytes.Length >= sizeof(ulong))
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes), Odd);
            bytes = bytes[sizeof(ulong)..];
        }

        ulong rest = 0;
        foreach (var value in bytes)
        {
            rest = (rest << 8) | value;
        }

        return (uint)Mix(hash ^ rest, Odd ^ _seed);
    }

    private static ulong Mix(ulong left, ulong right)
    {
        var high = Math.BigMul(left, right, out var low);
        return high ^ low;
    }
}
