using System.Buffers;

namespace Skerry.Oci.Layers;

/// <summary>A tar stream behind one pooled buffer that knows its position; spans it gives are valid until the next call.</summary>
internal sealed class TarInput(Stream stream, long maxBytes) : IDisposable
{
    public const int BlockSize = 512;
    private const int BufferSize = 256 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private int _start;
    private int _end;

    /// <summary>Bytes taken so far.</summary>
    public long Position { get; private set; }

    /// <summary>The next block, shorter or empty at the end of the stream.</summary>
    public ReadOnlySpan<byte> Block()
    {
        if (_end - _start < BlockSize)
        {
            Gather(BlockSize);
        }

        return Take(Math.Min(BlockSize, _end - _start));
    }

    /// <summary>Up to <paramref name="most"/> bytes, at least one; empty only at the end of the stream.</summary>
    public ReadOnlySpan<byte> Some(long most)
    {
        if (_start == _end)
        {
            _start = 0;
            _end = stream.Read(_buffer, 0, _buffer.Length);
        }

        return Take((int)Math.Min(most, _end - _start));
    }

    /// <summary>As <see cref="Some"/>, into a buffer of the caller's: large reads go past the own buffer.</summary>
    public int Read(Span<byte> target)
    {
        if (_start == _end && target.Length >= BufferSize / 4)
        {
            var got = stream.Read(target);
            Advance(got);
            return got;
        }

        var some = Some(target.Length);
        some.CopyTo(target);
        return some.Length;
    }

    /// <summary>Drops bytes; false when the stream ends before.</summary>
    public bool Skip(long count)
    {
        while (count > 0)
        {
            var some = Some(count);
            if (some.IsEmpty)
            {
                return false;
            }

            count -= some.Length;
        }

        return true;
    }

    /// <summary>Fills <paramref name="target"/>; false when the stream ends before.</summary>
    public bool Fill(Span<byte> target)
    {
        while (!target.IsEmpty)
        {
            var got = Read(target);
            if (got == 0)
            {
                return false;
            }

            target = target[got..];
        }

        return true;
    }

    public void Dispose()
    {
        var buffer = _buffer;
        _buffer = [];
        _start = _end = 0;
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Gather(int count)
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        while (_end < count)
        {
            var got = stream.Read(_buffer, _end, _buffer.Length - _end);
            if (got == 0)
            {
                return;
            }

            _end += got;
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        var span = _buffer.AsSpan(_start, count);
        _start += count;
        Advance(count);
        return span;
    }

    private void Advance(int count)
    {
        Position += count;
        if (Position > maxBytes)
        {
            throw new OciFormatException("tar", Position, $"longer than the {maxBytes} bytes that a layer may unpack to");
        }
    }
}
