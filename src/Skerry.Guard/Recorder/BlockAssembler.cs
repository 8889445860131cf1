using System.Buffers.Binary;

namespace Skerry.Guard.Recorder;

/// <summary>Puts blocks together from pieces that come one after the other, as over a wire.</summary>
public sealed class BlockAssembler
{
    private byte[] _bytes = new byte[64 << 10];
    private int _length;

    /// <summary>True where no block is half there.</summary>
    public bool IsEmpty => _length == 0;

    /// <summary>Takes a piece; gives the block that it ends, or null.</summary>
    /// <exception cref="RecordFormatException">What came is no block, or goes on behind one.</exception>
    public RecordBlock? Add(ReadOnlySpan<byte> piece)
    {
        if (piece.Length > RecordFormat.MaxHead + RecordFormat.MaxStored - _length)
        {
            throw new RecordFormatException("a block is longer than blocks may be");
        }

        if (_bytes.Length - _length < piece.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + piece.Length));
        }

        piece.CopyTo(_bytes.AsSpan(_length));
        _length += piece.Length;
        if (_length < RecordFormat.FixedHead)
        {
            return null;
        }

        if (BlockHead.ReadLength(_bytes) is not { } head)
        {
            throw new RecordFormatException("what came is no block");
        }

        var length = head + (long)BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(12));
        if (_length < length)
        {
            return null;
        }

        var block = RecordBlock.Parse(_bytes.AsMemory(0, _length).ToArray());
        _length = 0;
        return block;
    }
}
