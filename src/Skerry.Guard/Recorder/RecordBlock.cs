namespace Skerry.Guard.Recorder;

/// <summary>One block as it was stored, with its head read and both checksums found right.</summary>
public sealed class RecordBlock
{
    internal RecordBlock(BlockHead head, ReadOnlyMemory<byte> bytes) => (Head, Bytes) = (head, bytes);

    /// <summary>What is in it.</summary>
    public BlockHead Head { get; }

    /// <summary>Head and content.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    internal ReadOnlySpan<byte> Stored => Bytes.Span[Head.HeadLength..];

    /// <summary>Reads a block from bytes that are one block and nothing else.</summary>
    /// <exception cref="RecordFormatException">They are not.</exception>
    public static RecordBlock Parse(ReadOnlyMemory<byte> bytes)
    {
        var span = bytes.Span;
        if (span.Length < RecordFormat.FixedHead || BlockHead.ReadLength(span) is not { } headLength || headLength > span.Length)
        {
            throw new RecordFormatException($"{span.Length} bytes are no block");
        }

        var head = BlockHead.Read(span[..headLength]);
        if (head.Length != span.Length)
        {
            throw new RecordFormatException($"the block says that it has {head.Length} bytes, and there are {span.Length}");
        }

        Check(head, span[headLength..]);
        return new RecordBlock(head, bytes);
    }

    internal static void Check(BlockHead head, ReadOnlySpan<byte> stored)
    {
        if (Checksum.Of(stored) is var found && found != head.ContentChecksum)
        {
            throw new RecordFormatException($"the content's checksum is {found:x8}, and the head says {head.ContentChecksum:x8}");
        }
    }
}
