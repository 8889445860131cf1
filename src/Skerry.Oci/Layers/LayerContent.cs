namespace Skerry.Oci.Layers;

/// <summary>The content of the entry a <see cref="LayerReader"/> stands at: its bytes once, forward, holes as zeros.</summary>
internal sealed class LayerContent(TarInput input) : Stream
{
    private static readonly SparseSegment[] Nothing = [];
    private readonly SparseSegment[] _whole = new SparseSegment[1];
    private SparseSegment[] _segments = Nothing;
    private int _next;
    private long _position;
    private long _size;
    private string _name = "";

    /// <summary>Stored bytes that were not read yet.</summary>
    public long Stored { get; private set; }

    /// <summary>Zeros behind the stored bytes, up to a whole block.</summary>
    public int Padding { get; private set; }

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => _size;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public void Begin(LayerEntry entry, long stored)
    {
        _size = entry.Size;
        _position = 0;
        _next = 0;
        _name = entry.RawPath;
        Stored = stored;
        Padding = (int)(-stored & (TarInput.BlockSize - 1));
        if (entry.Segments is SparseSegment[] segments)
        {
            _segments = segments;
        }
        else if (stored == 0)
        {
            _segments = Nothing;
        }
        else
        {
            _whole[0] = new SparseSegment(0, stored);
            _segments = _whole;
        }
    }

    /// <summary>
    /// Drops what was not read, and the padding. A stream may end right behind the last byte of content: umoci writes layers
    /// without the last padding and the end marker, and Go's archive/tar, which everybody else reads with, takes them.
    /// </summary>
    public void Finish()
    {
        if (!input.Skip(Stored) || (Padding > 0 && input.Skip(1) && !input.Skip(Padding - 1)))
        {
            throw Cut();
        }

        Stored = 0;
        Padding = 0;
        _segments = Nothing;
        _size = _position = 0;
    }

    /// <summary>Hands the stored bytes out without copying; holes are left out.</summary>
    public void CopyTo(ContentSink sink)
    {
        if (_position != 0)
        {
            throw new InvalidOperationException("the content was read already");
        }

        foreach (var segment in _segments)
        {
            var offset = segment.Offset;
            for (var left = segment.Length; left > 0;)
            {
                var some = input.Some(left);
                if (some.IsEmpty)
                {
                    throw Cut();
                }

                left -= some.Length;
                Stored -= some.Length;
                sink(offset, some);
                offset += some.Length;
            }
        }

        _position = _size;
    }

    public override int Read(Span<byte> buffer)
    {
        var want = (int)Math.Min(buffer.Length, _size - _position);
        if (want == 0)
        {
            return 0;
        }

        // segments are ascending: the next one that ends behind the position says what is here
        while (_next < _segments.Length && _segments[_next].Offset + _segments[_next].Length <= _position)
        {
            _next++;
        }

        var dataFrom = _next < _segments.Length ? _segments[_next].Offset : _size;
        int got;
        if (_position < dataFrom)
        {
            got = (int)Math.Min(want, dataFrom - _position);
            buffer[..got].Clear();
        }
        else
        {
            got = input.Read(buffer[..(int)Math.Min(want, dataFrom + _segments[_next].Length - _position)]);
            if (got == 0)
            {
                throw Cut();
            }

            Stored -= got;
        }

        _position += got;
        return got;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private OciFormatException Cut() =>
        new("tar", input.Position, $"cut off in {PathBytes.Printable(_name)}: {Stored} more bytes were promised");
}
