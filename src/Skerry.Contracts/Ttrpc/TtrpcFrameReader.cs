using System.Buffers.Binary;

namespace Skerry.Contracts.Ttrpc;

/// <summary>
/// Takes frames out of a stream of bytes that somebody else reads. The other side is not trusted: memory grows with what has arrived,
/// not with what a header announces, and what is no frame ends the connection, as nothing after it can be told apart.
/// </summary>
/// <remarks>Not thread-safe. Ask for <see cref="Room"/>, put bytes there, say how many by <see cref="Filled"/>, then read frames until there is none.</remarks>
public sealed class TtrpcFrameReader
{
    private const int Usual = 16 * 1024;

    private byte[] _buffer = new byte[Usual];
    private int _start;
    private int _end;

    /// <summary>True where what has been read so far ends between two frames.</summary>
    public bool IsBetweenFrames => _start == _end;

    /// <summary>Where the next bytes go: at least one byte. Payloads of frames given so far are no longer valid.</summary>
    public Memory<byte> Room()
    {
        var held = _end - _start;
        if (held == 0)
        {
            _start = _end = 0;
            if (_buffer.Length > Usual)
            {
                _buffer = new byte[Usual];
            }
        }
        else if (_end > _buffer.Length - (Usual / 4))
        {
            // A frame that is not whole yet: to the front, in a larger buffer where it fills more than half of this one.
            var buffer = held > _buffer.Length / 2 ? new byte[Math.Min(_buffer.Length * 2, TtrpcFrame.HeaderSize + TtrpcFrame.MaxPayload + Usual)] : _buffer;
            _buffer.AsSpan(_start, held).CopyTo(buffer);
            (_buffer, _start, _end) = (buffer, 0, held);
        }

        return _buffer.AsMemory(_end);
    }

    /// <summary>So many bytes were put into <see cref="Room"/>.</summary>
    public void Filled(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _buffer.Length - _end);
        _end += count;
    }

    /// <summary>The next frame; false when it is not whole yet.</summary>
    /// <exception cref="TtrpcException">It is no frame, or one that is too large.</exception>
    public bool TryRead(out TtrpcFrame frame)
    {
        frame = default;
        var held = _buffer.AsMemory(_start, _end - _start);
        if (held.Length < TtrpcFrame.HeaderSize)
        {
            return false;
        }

        var head = held.Span;
        var length = BinaryPrimitives.ReadUInt32BigEndian(head);
        var stream = BinaryPrimitives.ReadUInt32BigEndian(head[4..]);
        var (type, flags) = ((TtrpcFrameType)head[8], (TtrpcFrameFlags)head[9]);
        if (length > TtrpcFrame.MaxPayload)
        {
            throw new TtrpcException($"a frame announces {length} bytes, more than {TtrpcFrame.MaxPayload}");
        }

        if (type is < TtrpcFrameType.Request or > TtrpcFrameType.Data)
        {
            throw new TtrpcException($"a frame is of type {(byte)type}, which there is not");
        }

        if ((flags & ~(TtrpcFrameFlags.RemoteClosed | TtrpcFrameFlags.RemoteOpen | TtrpcFrameFlags.NoData)) != 0
            || (flags.HasFlag(TtrpcFrameFlags.RemoteClosed) && flags.HasFlag(TtrpcFrameFlags.RemoteOpen)))
        {
            throw new TtrpcException($"a frame has the flags 0x{(byte)flags:x2}, which do not go together or are not known");
        }

        if (flags.HasFlag(TtrpcFrameFlags.NoData) && length != 0)
        {
            throw new TtrpcException($"a frame says that it has no data and announces {length} bytes");
        }

        if (stream % 2 == 0)
        {
            throw new TtrpcException($"a frame is of stream {stream}; the streams of clients are odd");
        }

        if (held.Length < TtrpcFrame.HeaderSize + (int)length)
        {
            return false;
        }

        frame = new TtrpcFrame(stream, type, flags, held.Slice(TtrpcFrame.HeaderSize, (int)length));
        _start += TtrpcFrame.HeaderSize + (int)length;
        return true;
    }
}
