using System.Globalization;

namespace Skerry.Guard.Events;

/// <summary>Room for text that is made while one event is judged: joined paths, rendered flags, transformed fields.</summary>
/// <remarks>
/// Cleared between events; the buffer stays, so nothing is allocated once it has grown to the largest event. Text handed
/// out is good until the next <see cref="Clear"/>. One thread at a time.
/// </remarks>
internal sealed class Scratch
{
    private const int FirstSize = 4096;

    private byte[] _buffer = new byte[FirstSize];
    private int _used;
    private int _start;

    public void Clear() => (_used, _start) = (0, 0);

    /// <summary>Begins a text; <see cref="Take"/> ends it. Texts are made one after the other, never nested.</summary>
    public Scratch Begin()
    {
        _start = _used;
        return this;
    }

    /// <summary>The text since <see cref="Begin"/>.</summary>
    public Text Take() => new(_buffer, _start, _used - _start);

    public Scratch Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        _used += bytes.Length;
        return this;
    }

    public Scratch Append(byte value)
    {
        Reserve(1)[0] = value;
        _used++;
        return this;
    }

    public Scratch Append(long number, ReadOnlySpan<char> format = default)
    {
        const int MostDigits = 24;
        number.TryFormat(Reserve(MostDigits), out var written, format, CultureInfo.InvariantCulture);
        _used += written;
        return this;
    }

    /// <summary>Free room of at least this many bytes; what is written there counts after <see cref="Advance"/>.</summary>
    public Span<byte> Reserve(int count)
    {
        if (_buffer.Length - _used < count)
        {
            // Texts already taken keep the old buffer; only the one that is being made moves.
            var made = _used - _start;
            var larger = new byte[Math.Max(_buffer.Length * 2, made + count)];
            _buffer.AsSpan(_start, made).CopyTo(larger);
            (_buffer, _start, _used) = (larger, 0, made);
        }

        return _buffer.AsSpan(_used);
    }

    public void Advance(int count) => _used += count;
}
