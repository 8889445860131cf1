using System.Buffers.Binary;

namespace Skerry.Guard.Recorder;

/// <summary>Finds the blocks of a segment, one after the other, and what is damaged between them.</summary>
/// <remarks>
/// A block whose head is right and whose content is not is passed over by its length. Where a head is damaged the next
/// right one is looked for. The stream may grow while it is read: its end is where it is when it is reached.
/// </remarks>
/// <param name="stream">The segment; it can be read at any place.</param>
public sealed class SegmentReader(Stream stream)
{
    private const int Window = 64 << 10;

    private readonly List<RecordDamage> _damages = [];
    private readonly byte[] _window = new byte[Window];
    private long _at;

    /// <summary>What was no block so far.</summary>
    public IReadOnlyList<RecordDamage> Damages => _damages;

    /// <summary>Where the last whole block ends: a segment is cut there before it is written on.</summary>
    public long End { get; private set; }

    /// <summary>The next block that is wanted; null at the end. The content of others is not read.</summary>
    /// <param name="isWanted">Says of a head whether its content is needed; null for all.</param>
    public RecordBlock? Next(Func<BlockHead, bool>? isWanted = null)
    {
        while (_at < stream.Length)
        {
            var start = _at;
            try
            {
                var head = ReadHead(start, out var bytes);
                if (head.Length > stream.Length - start)
                {
                    throw new RecordFormatException($"the block ends after {stream.Length - start} of its {head.Length} bytes");
                }

                _at = start + head.Length;
                if (isWanted is null || isWanted(head))
                {
                    Array.Resize(ref bytes, head.Length);
                    Fill(start + head.HeadLength, bytes.AsSpan(head.HeadLength));
                    RecordBlock.Check(head, bytes.AsSpan(head.HeadLength));
                    End = _at;
                    return new RecordBlock(head, bytes);
                }

                End = _at;
            }
            catch (RecordFormatException e)
            {
                var next = _at > start ? _at : Find(start + 1);
                _damages.Add(new RecordDamage(start, next - start, e.Message, next >= stream.Length));
                _at = next;
            }
        }

        return null;
    }

    private BlockHead ReadHead(long at, out byte[] bytes)
    {
        bytes = new byte[RecordFormat.FixedHead];
        if (stream.Length - at < bytes.Length)
        {
            throw new RecordFormatException("a head ends early");
        }

        Fill(at, bytes);
        if (BlockHead.ReadLength(bytes) is not { } length)
        {
            throw new RecordFormatException("no block begins here");
        }

        if (length > stream.Length - at)
        {
            throw new RecordFormatException("a head ends early");
        }

        Array.Resize(ref bytes, length);
        Fill(at + RecordFormat.FixedHead, bytes.AsSpan(RecordFormat.FixedHead));
        return BlockHead.Read(bytes);
    }

    /// <summary>Where the next right head begins; the end of the stream where there is none.</summary>
    private long Find(long from)
    {
        Span<byte> magic = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(magic, RecordFormat.Magic);
        while (stream.Length - from >= RecordFormat.FixedHead)
        {
            var window = _window.AsSpan(0, (int)Math.Min(Window, stream.Length - from));
            Fill(from, window);
            var found = window.IndexOf(magic);
            if (found < 0)
            {
                from += window.Length - (magic.Length - 1);
                continue;
            }

            from += found;
            try
            {
                ReadHead(from, out _);
                return from;
            }
            catch (RecordFormatException)
            {
                from++;
            }
        }

        return stream.Length;
    }

    private void Fill(long at, Span<byte> bytes)
    {
        stream.Position = at;
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
        {
            throw new RecordFormatException("the segment became shorter while it was read");
        }
    }
}
