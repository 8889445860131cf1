using Skerry.Guard.Events;
using Skerry.Guard.Recorder;

namespace Skerry.Guard.Tests.Recorder;

/// <summary>Blocks with right checksums around content that somebody made up.</summary>
internal static class Nonsense
{
    public static RecordBlock Block(byte[] content, int events)
    {
        using var compressor = new ZstdSharp.Compressor(1);
        var stored = compressor.Wrap(content).ToArray();
        var length = BlockHead.LengthOf([], []);
        var bytes = new byte[length + stored.Length];
        stored.CopyTo(bytes, length);
        var head = new BlockHead
        {
            HeadLength = length, StoredLength = stored.Length, RawLength = content.Length, Events = events, FirstTime = 0, LastTime = 0, Sequence = 1, Lost = 0,
            Containers = [], ContentChecksum = Checksum.Of(stored),
        };
        head.Write(bytes.AsSpan(0, length));
        return RecordBlock.Parse(bytes);
    }

    /// <summary>Reads to the end or to the first error.</summary>
    public static void Try(RecordBlock block)
    {
        try
        {
            var reader = new BlockReader(block);
            var e = new KernelEvent();
            while (reader.Read(e))
            {
                _ = EventDescription.Of(e);
            }
        }
        catch (RecordFormatException e)
        {
            Assert.NotEmpty(e.Message);
        }
    }
}
